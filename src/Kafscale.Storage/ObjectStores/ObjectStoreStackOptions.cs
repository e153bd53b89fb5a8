using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.ObjectStores;

/// <summary>How <see cref="ObjectStoreStack"/> is built around a store.</summary>
public sealed record ObjectStoreStackOptions
{
    /// <summary>The fewest requests at a time that can be split between the lanes.</summary>
    public const int MinConcurrency = 4;

    /// <summary>Requests at a time over all lanes, see <see cref="ObjectStoreStack"/>; at least <see cref="MinConcurrency"/>.</summary>
    public int Concurrency { get; init; } = 64;

    /// <summary>Bytes that catch-up reads load at a time.</summary>
    public long CatchUpBytesInFlight { get; init; } = 64 << 20;

    /// <summary>Retries of all lanes but the uploads.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>Second requests for slow tail reads.</summary>
    public HedgingOptions Hedging { get; init; } = new();

    /// <summary>What requests cost.</summary>
    public ObjectStorePrices Prices { get; init; } = new();

    /// <summary>Who is told of every request to the primary, besides the metrics: its health monitor.</summary>
    public IReadOnlyList<IObjectStoreObserver> PrimaryObservers { get; init; } = [];

    /// <summary>
    /// Given the primary, returns what tail and catch-up reads read from: the replica with the primary behind it. <see langword="null"/> where there is no
    /// replica. Whoever builds it instruments the replica with <see cref="ObjectStoreMetrics.Replica"/>, and owns it.
    /// </summary>
    public Func<IObjectStore, ObjectStoreMetrics, IObjectStore>? ReplicaFallback { get; init; }
}
