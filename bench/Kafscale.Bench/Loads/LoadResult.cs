using HdrHistogram;

namespace Kafscale.Bench.Loads;

/// <summary>What a load moved, and how long it took.</summary>
internal sealed record LoadResult
{
    private const long HighestMicroseconds = 60_000_000;

    public required TimeSpan Duration { get; init; }

    /// <summary>Requests that were answered; 0 where a client library sends them.</summary>
    public required long Requests { get; init; }

    /// <summary>Bytes of record values, before compression.</summary>
    public required long PayloadBytes { get; init; }

    /// <summary>Microseconds from when a request was sent, or should have been, until all of its response was there.</summary>
    public LongHistogram Latencies { get; init; } = CreateHistogram();

    public static LongHistogram CreateHistogram() => new(HighestMicroseconds, numberOfSignificantValueDigits: 3);

    public static void Record(LongHistogram latencies, TimeSpan latency) =>
        latencies.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 0, HighestMicroseconds));
}
