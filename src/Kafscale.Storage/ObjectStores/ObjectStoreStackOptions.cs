using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.Replica;

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
    /// A copy of the store that is near and may be behind, which tail and catch-up reads try first; <see langword="null"/> where there is none. The stack
    /// owns it. Only the metrics are told of its requests.
    /// </summary>
    public IObjectStore? Replica { get; init; }

    /// <summary>When the replica is given up in favour of the store itself.</summary>
    public ReplicaFallbackOptions ReplicaFallback { get; init; } = new();
}
