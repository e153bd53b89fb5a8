namespace Kafscale.Bench;

/// <summary>One benchmark's numbers from one run.</summary>
internal sealed record Result
{
    public required string Benchmark { get; init; }

    public required string Store { get; init; }

    public required double Seconds { get; init; }

    public required Load Load { get; init; }

    public required BrokerUsage Before { get; init; }

    public required BrokerUsage After { get; init; }

    public double UserSeconds => After.UserSeconds - Before.UserSeconds;

    public double SystemSeconds => After.SystemSeconds - Before.SystemSeconds;

    public double ProcessorSeconds => UserSeconds + SystemSeconds;

    public double Gib => Load.PayloadBytes / (1024.0 * 1024 * 1024);

    public double Flushes => After.Flushes - Before.Flushes;

    /// <summary>The latency that a share of the requests did not exceed, in milliseconds.</summary>
    public double LatencyMs(double share)
    {
        var ordered = Load.LatenciesMs.Order().ToArray();
        return ordered.Length == 0 ? double.NaN : ordered[(int)Math.Min(ordered.Length - 1, ordered.Length * share)];
    }
}
