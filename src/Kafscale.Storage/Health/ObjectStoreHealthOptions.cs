namespace Kafscale.Storage.Health;

/// <summary>What an object store's health is judged by.</summary>
public sealed record ObjectStoreHealthOptions
{
    /// <summary>How far back operations count: 10 s to an hour (<c>s3.health.window.sec</c>).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An operation is slow where it took longer than this and than four times the normal (<c>s3.latency.warn.ms</c>).</summary>
    public TimeSpan LatencyWarn { get; init; } = TimeSpan.FromMilliseconds(1_000);

    /// <summary>An operation is very slow where it took longer than this and than ten times the normal (<c>s3.latency.crit.ms</c>).</summary>
    public TimeSpan LatencyCrit { get; init; } = TimeSpan.FromMilliseconds(3_000);

    /// <summary>The share of failed operations, above 0 up to 1, from which the store is degraded (<c>s3.error.rate.warn</c>).</summary>
    public double ErrorRateWarn { get; init; } = 0.5;

    /// <summary>The share of failed operations, above 0 up to 1, from which the store is unavailable (<c>s3.error.rate.crit</c>).</summary>
    public double ErrorRateCrit { get; init; } = 0.8;

    internal void Validate()
    {
        if (Window < TimeSpan.FromSeconds(10) || Window > TimeSpan.FromHours(1))
            throw new ArgumentException($"The window is from 10 s to an hour; this one is {Window}.");
        if (LatencyWarn <= TimeSpan.Zero || LatencyCrit < LatencyWarn)
            throw new ArgumentException($"Latencies must be above zero and the critical one no less than the other; these are {LatencyWarn} and {LatencyCrit}.");
        if (ErrorRateWarn is not (> 0 and <= 1) || ErrorRateCrit is not (> 0 and <= 1) || ErrorRateCrit < ErrorRateWarn)
            throw new ArgumentException($"Error rates are above 0 up to 1 and the critical one is no less than the other; these are {ErrorRateWarn} and {ErrorRateCrit}.");
    }
}
