namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>When a second request is sent for a slow read.</summary>
public sealed record HedgingOptions
{
    /// <summary>The part of recent reads that were faster than the one that is hedged.</summary>
    public double Quantile { get; init; } = 0.95;

    /// <summary>The most second requests, as a share of the reads; 0 for none.</summary>
    public double MaxShare { get; init; } = 0.05;

    /// <summary>Second requests that are saved up at most while reads are fast.</summary>
    public int MaxBurst { get; init; } = 10;

    /// <summary>Reads, of those of similar length, that are remembered.</summary>
    public int WindowLength { get; init; } = 256;

    /// <summary>Reads that must be remembered before any is called slow.</summary>
    public int MinSamples { get; init; } = 50;

    /// <summary>No read is slow before it has taken so long: a second request could not gain much.</summary>
    public TimeSpan ShortestDelay { get; init; } = TimeSpan.FromMilliseconds(10);
}
