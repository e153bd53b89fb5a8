using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Benchmarks;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Parsing;

namespace Kafscale.Cli.Commands.Bench;

/// <summary>
/// A benchmark: on a topic of its own, which it deletes, or on one that is named. Ctrl-C ends measuring, and what has been measured is shown.
/// </summary>
internal abstract class BenchToolCommand : ClientCommand
{
    private const int MaxSize = 64 * 1024 * 1024;
    private const int MaxClients = 1_000;
    private const int PayloadSeed = 1;

    private readonly Option<string> _topic = new("--topic") { Description = "A topic that there is. Default: one of its own, which is deleted in the end.", HelpName = "NAME" };
    private readonly Option<int> _partitions = new("--partitions", "-p") { Description = "Partitions of its own topic.", HelpName = "COUNT", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _size = new("--size", "-s") { Description = "Bytes of a record's value.", HelpName = "BYTES", DefaultValueFactory = _ => 1024 };
    private readonly Option<string> _duration = new("--duration", "-d") { Description = "How long it measures at most.", HelpName = "DURATION", DefaultValueFactory = _ => "10s" };
    private readonly Option<long?> _count = new("--count", "-n") { Description = "How many records it measures at most.", HelpName = "COUNT" };

    protected BenchToolCommand(string name, string description, string examples, ClientOptions options)
        : base(name, description, examples, options)
    {
        Add(_topic);
        Add(_partitions);
        Add(_size);
        Add(_duration);
        Add(_count);
    }

    protected sealed override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var plan = ReadPlan(parsed);
        var named = parsed.GetValue(_topic);
        var topic = named ?? $"kafscale-bench-{Environment.ProcessId}-{Surroundings.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds()}";
        if (named is null)
        {
            await new TopicChanges(client).CreateAsync(
                new TopicSpecification { Name = topic, NumPartitions = plan.Partitions, ReplicationFactor = -1 }, isDryRun: false, cancellationToken);
        }
        else
        {
            _ = await new TopicCatalog(client).DescribeAsync([topic], cancellationToken);
        }

        try
        {
            Show(parsed, await MeasureAsync(parsed, client, topic, plan, cancellationToken));
        }
        finally
        {
            if (named is null)
            {
                // Also where it was stopped.
                await new TopicChanges(client).DeleteAsync(topic, CancellationToken.None);
            }
        }

        return cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
    }

    /// <summary>Measures; ends early where it is cancelled.</summary>
    protected abstract Task<IRendered> MeasureAsync(ParseResult parsed, KafkaClient client, string topic, BenchPlan plan, CancellationToken cancellationToken);

    /// <summary>How many clients there are to be.</summary>
    protected static Option<int> ClientsOption(string description) =>
        new("--clients", "-c") { Description = description, HelpName = "COUNT", DefaultValueFactory = _ => 1 };

    protected static int ReadClients(ParseResult parsed, Option<int> option) =>
        parsed.GetValue(option) is >= 1 and <= MaxClients and var count ? count : throw new CommandFailedException($"--clients is a number from 1 to {MaxClients}.");

    private BenchPlan ReadPlan(ParseResult parsed)
    {
        var size = parsed.GetValue(_size) is >= 1 and <= MaxSize and var bytes ? bytes : throw new CommandFailedException($"--size is a number of bytes from 1 to {MaxSize}.");
        var text = parsed.GetValue(_duration)!;
        var duration = DurationText.TryParse(text, out var parsedDuration) && parsedDuration > TimeSpan.Zero
            ? parsedDuration
            : throw new CommandFailedException($"--duration is {DurationText.Examples}, and not {text}.");
        var count = parsed.GetValue(_count) is null or >= 1 ? parsed.GetValue(_count) ?? long.MaxValue : throw new CommandFailedException("--count is a number from 1 on.");

        // Random bytes, the same in every run; compression finds little in them.
        var payload = new byte[size];
        new Random(PayloadSeed).NextBytes(payload);
        return new BenchPlan(parsed.GetValue(_partitions), payload, duration, count);
    }
}
