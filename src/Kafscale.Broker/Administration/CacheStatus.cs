namespace Kafscale.Broker.Administration;

/// <summary>What a cache holds and how well it answers.</summary>
/// <param name="Bytes">What it holds.</param>
/// <param name="LimitBytes">What it holds at most.</param>
/// <param name="Hits">Reads that it answered since the broker started.</param>
/// <param name="Misses">Reads that had to wait for the object store.</param>
public sealed record CacheStatus(long Bytes, long LimitBytes, long Hits, long Misses)
{
    /// <summary>The share of reads that it answered, from 0 to 1; <see langword="null"/> before the first.</summary>
    public double? HitRate => Hits + Misses == 0 ? null : (double)Hits / (Hits + Misses);
}
