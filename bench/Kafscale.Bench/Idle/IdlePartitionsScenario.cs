using System.Globalization;
using Kafscale.Bench.Loads;
using Kafscale.Bench.Suite;
using Kafscale.Testing;

namespace Kafscale.Bench.Idle;

/// <summary>What a broker takes that leads many partitions which nobody uses.</summary>
internal static class IdlePartitionsScenario
{
    public const string Command = "idle-partitions";
    public const string CountOption = "--partitions";
    public const int DefaultPartitions = 100_000;

    public const string Usage =
        """
        usage: bench/run idle-partitions [--partitions N]

          --partitions N   of topics of up to 1,000 each (default 100000)
        """;

    private const int PartitionsPerTopic = 1_000;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(CountOptions options)
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        var empty = ProcessUsage.Read(broker.ProcessId);
        for (var first = 0; first < options.Count; first += PartitionsPerTopic)
        {
            var partitions = Math.Min(PartitionsPerTopic, options.Count - first);
            BenchTopic.Create(broker.Port, new TopicShape(string.Create(CultureInfo.InvariantCulture, $"idle-{first}"), partitions));
        }

        await ProcessUsage.WaitUntilQuietAsync(broker.ProcessId);
        var created = ProcessUsage.Read(broker.ProcessId);
        await broker.StopAsync();
        await broker.StartAsync();
        await ProcessUsage.WaitUntilQuietAsync(broker.ProcessId);
        var before = ProcessUsage.Read(broker.ProcessId);
        await Task.Delay(IdleTime);
        var after = ProcessUsage.Read(broker.ProcessId);
        var idlePercent = (after.ProcessorSeconds - before.ProcessorSeconds) / IdleTime.TotalSeconds * 100;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | Partitions | RSS MiB of the empty broker | where they were created | after a restart | its peak | start to ready ms | idle CPU % |
            |---:|---:|---:|---:|---:|---:|---:|
            | {options.Count} | {empty.ResidentMib:0} | {created.ResidentMib:0} | {after.ResidentMib:0} | {after.PeakResidentMib:0} | {broker.StartDuration.TotalMilliseconds:0} | {idlePercent:0.0} |
            """);
    }
}
