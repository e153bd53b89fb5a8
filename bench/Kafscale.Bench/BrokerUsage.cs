using System.Globalization;
using Kafscale.Testing;

namespace Kafscale.Bench;

/// <summary>What a broker process has used since its start, as the operating system and its own metrics tell.</summary>
internal sealed record BrokerUsage
{
    // USER_HZ, which Linux fixes for what it tells in /proc.
    private const double TicksPerSecond = 100;

    private const int UserTicksField = 11;
    private const int SystemTicksField = 12;

    public required double UserSeconds { get; init; }

    public required double SystemSeconds { get; init; }

    public required double PeakResidentMib { get; init; }

    public required double AllocatedBytes { get; init; }

    public required double Collections { get; init; }

    public required double FullCollections { get; init; }

    public required double PauseSeconds { get; init; }

    public required double Flushes { get; init; }

    public static async Task<BrokerUsage> ReadAsync(BrokerProcess broker, HttpClient http)
    {
        var metrics = await http.GetStringAsync(new Uri(broker.HttpAddress, "/metrics"));
        var stat = await File.ReadAllTextAsync($"/proc/{broker.ProcessId}/stat");

        // The name of the process, in parentheses, may itself contain spaces.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var status = await File.ReadAllLinesAsync($"/proc/{broker.ProcessId}/status");
        var peak = status.First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new BrokerUsage
        {
            UserSeconds = Number(fields[UserTicksField]) / TicksPerSecond,
            SystemSeconds = Number(fields[SystemTicksField]) / TicksPerSecond,
            PeakResidentMib = Number(peak) / 1024,
            AllocatedBytes = Metric(metrics, "kafscale_broker_mem_allocated_bytes_total"),
            Collections = Metric(metrics, "kafscale_broker_gc_collections_total{generation=\"0\"}"),
            FullCollections = Metric(metrics, "kafscale_broker_gc_collections_total{generation=\"2\"}"),
            PauseSeconds = Metric(metrics, "kafscale_broker_gc_pause_seconds_total"),
            Flushes = Metric(metrics, "kafscale_flushes_total"),
        };
    }

    private static double Metric(string metrics, string series)
    {
        // Of a name without labels, all series.
        return metrics.Split('\n')
            .Where(line => line.StartsWith(series + " ", StringComparison.Ordinal) || line.StartsWith(series + "{", StringComparison.Ordinal))
            .Sum(line => Number(line[(line.LastIndexOf(' ') + 1)..]));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
