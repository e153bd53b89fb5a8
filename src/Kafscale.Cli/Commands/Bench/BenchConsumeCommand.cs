using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Benchmarks;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Bench;

/// <summary><c>kafscale bench consume</c>.</summary>
internal sealed class BenchConsumeCommand : BenchToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale bench consume
          kafscale bench consume --fill 1000000 --size 100 --clients 4
          kafscale bench consume --topic orders --duration 30s

        Its own topic is filled first, which is not measured. Every consumer reads all partitions from their beginning, again and
        again until the time is over or there are enough records.
        """;

    private static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(1);

    private readonly Option<int> _clients = ClientsOption("Consumers, each of which reads everything.");
    private readonly Option<int> _fill = new("--fill") { Description = "Records that its own topic is filled with.", HelpName = "COUNT", DefaultValueFactory = _ => 100_000 };

    public BenchConsumeCommand(ClientOptions options)
        : base("consume", "Measures how fast records are read.", ExamplesText, options)
    {
        Add(_clients);
        Add(_fill);
    }

    protected override async Task<IRendered> MeasureAsync(ParseResult parsed, KafkaClient client, string topic, BenchPlan plan, CancellationToken cancellationToken)
    {
        var clients = ReadClients(parsed, _clients);
        var topics = new TopicCatalog(client);
        var partitions = await topics.FindPartitionsAsync([topic], cancellationToken);
        var ends = await topics.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var starts = await topics.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        if (partitions.All(partition => starts[partition] == ends[partition]))
        {
            await FillAsync(client, topic, plan, parsed.GetValue(_fill), cancellationToken);
        }

        var consumers = new List<IConsumer<byte[]?, byte[]?>>();
        try
        {
            for (var i = 0; i < clients; i++)
            {
                consumers.Add(client.CreateConsumer(new ConsumerConfig
                {
                    EnableAutoCommit = false,
                    EnablePartitionEof = true,
                    // At the end it begins anew, and is not to wait first for what will not come.
                    FetchWaitMaxMs = 1,
                }));
            }

            return await ReadAsync(consumers, partitions, plan, cancellationToken);
        }
        finally
        {
            consumers.ForEach(consumer => consumer.Dispose());
        }
    }

    private async Task FillAsync(KafkaClient client, string topic, BenchPlan plan, int count, CancellationToken cancellationToken)
    {
        using var producer = client.CreateProducer(new ProducerConfig { Acks = Acks.All, QueueBufferingMaxKbytes = 64 * 1024 });
        var load = new ProduceLoad([producer], topic, plan.Payload, Surroundings.TimeProvider);
        await load.RunAsync(count, () => true, recordsPerSecond: null, cancellationToken);
        if (load.FirstFailure is { } failure)
        {
            throw new CommandFailedException($"The topic could not be filled: {ErrorExplanation.Of(failure)}");
        }
    }

    private async Task<IRendered> ReadAsync(
        List<IConsumer<byte[]?, byte[]?>> consumers, IReadOnlyList<TopicPartition> partitions, BenchPlan plan, CancellationToken cancellationToken)
    {
        var (records, bytes) = (0L, 0L);
        var progress = new BenchProgress(Surroundings);
        consumers.ForEach(consumer => consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning))));
        while (records < plan.Count && progress.Elapsed < plan.Duration && !cancellationToken.IsCancellationRequested)
        {
            var isIdle = true;
            foreach (var consumer in consumers)
            {
                if (consumer.Consume(TimeSpan.Zero) is not { } result)
                {
                    continue;
                }

                isIdle = false;
                if (result.IsPartitionEOF)
                {
                    consumer.Seek(new TopicPartitionOffset(result.TopicPartition, Offset.Beginning));
                    continue;
                }

                records++;
                bytes += (result.Message.Key?.Length ?? 0) + (result.Message.Value?.Length ?? 0);
            }

            progress.Show(records, bytes);
            if (isIdle)
            {
                await Task.Delay(IdlePause, Surroundings.TimeProvider, CancellationToken.None);
            }
        }

        progress.End();
        return BenchResult.Throughput(consumers.Count, records, bytes, progress.Elapsed);
    }
}
