using Kafscale.Bench.Latency;
using Kafscale.Bench.Loads;

namespace Kafscale.Bench.Suite;

/// <summary>What one run of a case on a fresh broker has shown.</summary>
internal sealed record CaseRun
{
    private const double Gib = 1024.0 * 1024 * 1024;

    // For smaller requests the cost of a byte is not what matters.
    private const int SmallestBulkRequestBytes = 10_000;

    public required BenchCase Case { get; init; }

    public required Store Store { get; init; }

    public required BrokerBuild Build { get; init; }

    public required LoadResult Load { get; init; }

    public required double UserSeconds { get; init; }

    public required double SystemSeconds { get; init; }

    public required double AllocatedBytes { get; init; }

    public required double PeakResidentMib { get; init; }

    public required IReadOnlyList<double> PausesMs { get; init; }

    public double ProcessorSeconds => UserSeconds + SystemSeconds;

    public double MegabytesPerSecond => Load.PayloadBytes / 1e6 / Load.Duration.TotalSeconds;

    public double ProcessorSecondsPerGib =>
        Case.IsByClient || Case.PayloadBytesPerRequest >= SmallestBulkRequestBytes ? ProcessorSeconds * Gib / Load.PayloadBytes : double.NaN;

    public double RequestsPerProcessorSecond => Case.IsByClient ? double.NaN : Load.Requests / ProcessorSeconds;

    public double AllocatedKibPerRequest => Case.IsByClient ? double.NaN : AllocatedBytes / 1024 / Load.Requests;

    /// <summary>What runs of the same case are compared by.</summary>
    public double ProcessorSecondsPerByte => ProcessorSeconds / Load.PayloadBytes;

    /// <summary>The pause that a share of the pauses does not exceed, in milliseconds.</summary>
    public double PauseMs(double share) => PausesMs.Count == 0 ? double.NaN : Percentiles.Of(PausesMs, share);

    /// <summary>The latency that a share of the requests does not exceed, in milliseconds.</summary>
    public double LatencyMs(double share) => Case.HasLatencies ? Load.Latencies.GetValueAtPercentile(share * 100) / 1000.0 : double.NaN;
}
