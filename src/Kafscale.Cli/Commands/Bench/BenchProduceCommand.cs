using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Benchmarks;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Bench;

/// <summary><c>kafscale bench produce</c>.</summary>
internal sealed class BenchProduceCommand : BenchToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale bench produce
          kafscale bench produce --size 100 --clients 4 --partitions 12 --duration 30s
          kafscale bench produce --count 1000000 --compression lz4 --linger-ms 20 --output json
          kafscale bench produce --rate 1000        # latency at a load, rather than the load at its most

        Latency is the time from handing a record to the producer to its acknowledgement, waiting in its queue included.
        """;

    private readonly Option<int> _clients = ClientsOption("Producers, each with connections of its own.");
    private readonly Option<int?> _rate = new("--rate") { Description = "Not more records than that, all clients together.", HelpName = "PER-SECOND" };
    private readonly BenchProducerOptions _producer;

    public BenchProduceCommand(ClientOptions options)
        : base("produce", "Measures how fast records are written, and how soon they are acknowledged.", ExamplesText, options)
    {
        Add(_clients);
        Add(_rate);
        _producer = new BenchProducerOptions(this);
    }

    protected override async Task<IRendered> MeasureAsync(ParseResult parsed, KafkaClient client, string topic, BenchPlan plan, CancellationToken cancellationToken)
    {
        var rate = parsed.GetValue(_rate) is null or >= 1 ? parsed.GetValue(_rate) : throw new CommandFailedException("--rate is a number from 1 on.");
        var producers = new List<IProducer<byte[]?, byte[]?>>();
        try
        {
            for (var i = ReadClients(parsed, _clients); i > 0; i--)
            {
                producers.Add(client.CreateProducer(_producer.Read(parsed)));
            }

            var load = new ProduceLoad(producers, topic, plan.Payload, Surroundings.TimeProvider);
            var progress = new BenchProgress(Surroundings);
            await load.RunAsync(plan.Count, GoesOn, rate, cancellationToken);
            progress.End();
            return load.FirstFailure is { } failure
                ? throw new CommandFailedException($"{load.Failed} records were not written: {ErrorExplanation.Of(failure)}")
                : new Report(BenchResult.Throughput(producers.Count, load.Acknowledged, load.Acknowledged * plan.Payload.Length, progress.Elapsed))
                    .Add("latencies", BenchResult.Latencies(("acknowledged", load.Latencies)));

            bool GoesOn()
            {
                progress.Show(load.Acknowledged, load.Acknowledged * plan.Payload.Length);
                return progress.Elapsed < plan.Duration;
            }
        }
        finally
        {
            producers.ForEach(producer => producer.Dispose());
        }
    }
}
