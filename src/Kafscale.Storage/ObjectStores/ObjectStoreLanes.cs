using Kafscale.Storage.Health;

namespace Kafscale.Storage.ObjectStores;

/// <summary>
/// Views of one object store, one for each kind of work, so that no kind can use up what another one needs.
/// </summary>
/// <remarks>All of them read and write the same objects; they differ in concurrency limits, retries and hedging.</remarks>
public sealed record ObjectStoreLanes
{
    /// <summary>Uploads of WAL objects, which producers wait for. Not retried here: the flusher retries until its deadline.</summary>
    public required IObjectStore Uploads { get; init; }

    /// <summary>Reads of the recent end of a log, which consumers wait for.</summary>
    public required IObjectStore TailReads { get; init; }

    /// <summary>Reads of older records, which are many and large.</summary>
    public required IObjectStore CatchUpReads { get; init; }

    /// <summary>Merging, retention and garbage collection, which nobody waits for.</summary>
    public required IObjectStore Maintenance { get; init; }

    /// <summary>How the store does, by the requests of all lanes.</summary>
    public IObjectStoreHealth Health { get; init; } = AlwaysHealthy.Instance;

    /// <summary>
    /// The replica that <see cref="TailReads"/> and <see cref="CatchUpReads"/> read from first, for measuring how far it lags;
    /// <see langword="null"/> where there is none.
    /// </summary>
    public IObjectStore? Replica { get; init; }

    /// <summary>The same store for all work, where there is nothing to hold apart.</summary>
    public static ObjectStoreLanes Shared(IObjectStore store) =>
        new() { Uploads = store, TailReads = store, CatchUpReads = store, Maintenance = store };
}
