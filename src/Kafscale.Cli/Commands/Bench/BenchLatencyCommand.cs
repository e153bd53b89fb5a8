using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Benchmarks;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Bench;

/// <summary><c>kafscale bench latency</c>.</summary>
internal sealed class BenchLatencyCommand(ClientOptions options) : BenchToolCommand(
    "latency", "Measures how long a record takes to be acknowledged, and to reach a consumer.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale bench latency
          kafscale bench latency --size 100 --count 10000 --output json

        One record at a time: the next one is written when a consumer has read the last one. For latency under load see
        'kafscale bench produce --rate'.
        """;

    protected override async Task<IRendered> MeasureAsync(ParseResult parsed, KafkaClient client, string topic, BenchPlan plan, CancellationToken cancellationToken)
    {
        var topics = new TopicCatalog(client);
        var partition = new TopicPartition(topic, 0);
        var end = (await topics.FindOffsetsAsync([partition], OffsetSpec.Latest(), cancellationToken))[partition];
        using var producer = client.CreateProducer(new ProducerConfig { Acks = Acks.All, LingerMs = 0 });
        using var consumer = client.CreateConsumer(new ConsumerConfig { EnableAutoCommit = false });
        consumer.Assign(new TopicPartitionOffset(partition, end));
        var (acknowledged, read) = (new LatencyHistogram(), new LatencyHistogram());
        var progress = new BenchProgress(Surroundings);
        // The first one waits for connections.
        Measure(new LatencyHistogram(), new LatencyHistogram());
        var records = 0L;
        while (records < plan.Count && progress.Elapsed < plan.Duration && !cancellationToken.IsCancellationRequested)
        {
            Measure(acknowledged, read);
            records++;
            progress.Show(records, records * plan.Payload.Length);
        }

        // A consumer may have a record before its producer knows.
        producer.Flush(client.Timeout);
        progress.End();
        return new Report(BenchResult.Throughput(1, records, records * plan.Payload.Length, progress.Elapsed))
            .Add("latencies", BenchResult.Latencies(("acknowledged", acknowledged), ("read", read)));

        void Measure(LatencyHistogram toAcknowledgement, LatencyHistogram toConsumer)
        {
            var sentAt = Surroundings.TimeProvider.GetTimestamp();
            Error? error = null;
            producer.Produce(partition, new Message<byte[]?, byte[]?> { Value = plan.Payload }, report =>
            {
                error = report.Error;
                toAcknowledgement.Add(Surroundings.TimeProvider.GetElapsedTime(sentAt));
            });
            if (consumer.Consume(client.Timeout) is null)
            {
                throw new CommandFailedException(
                    error is { IsError: true } ? $"A record was not written: {ErrorExplanation.Of(error)}" : $"A record was not read within {client.Timeout.TotalSeconds} s.");
            }

            toConsumer.Add(Surroundings.TimeProvider.GetElapsedTime(sentAt));
        }
    }
}
