namespace Kafscale.Testing;

/// <summary>Latencies as stores have them: most are near the median, a few are far above it.</summary>
public sealed class LognormalLatency
{
    // The 99th percentile of the standard normal distribution.
    private const double P99OfStandardNormal = 2.3263478740408408;

    private readonly Lock _lock = new();
    private readonly double _logOfMedianMs;
    private readonly double _deviation;
    private readonly Random _random;

    /// <summary>Latencies of which half are below <paramref name="p50"/> and 99 % below <paramref name="p99"/>.</summary>
    /// <param name="p50">The median; above 0.</param>
    /// <param name="p99">At least the median; the same for a constant latency.</param>
    /// <param name="random">From one seed come the same latencies.</param>
    public LognormalLatency(TimeSpan p50, TimeSpan p99, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(p50, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(p99, p50);
        _logOfMedianMs = Math.Log(p50.TotalMilliseconds);
        _deviation = Math.Log(p99 / p50) / P99OfStandardNormal;
        _random = random;
    }

    /// <summary>The latency of the next request; may be called from several threads.</summary>
    public TimeSpan Next()
    {
        double radius;
        double angle;
        lock (_lock)
        {
            radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
            angle = 2 * Math.PI * _random.NextDouble();
        }

        return TimeSpan.FromMilliseconds(Math.Exp(_logOfMedianMs + (_deviation * radius * Math.Cos(angle))));
    }
}
