namespace Kafscale.Broker.Concurrency;

/// <summary>Exponential backoff with full jitter between attempts at the same thing.</summary>
internal sealed class RetryBackoff(TimeSpan first, TimeSpan longest, TimeProvider timeProvider, Random random)
{
    private const int MaxDoublings = 20;
    private readonly Lock _lock = new();

    /// <summary>Waits before the attempt that follows attempt number <paramref name="attempt"/>, counted from 0.</summary>
    public Task WaitAsync(int attempt, CancellationToken cancellationToken)
    {
        var ceiling = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, MaxDoublings)));
        double share;
        lock (_lock)
        {
            share = random.NextDouble();
        }

        return Task.Delay(TimeSpan.FromMilliseconds(1 + (ceiling * share)), timeProvider, cancellationToken);
    }
}
