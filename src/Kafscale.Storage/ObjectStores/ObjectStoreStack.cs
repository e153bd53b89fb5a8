using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.Replica;

namespace Kafscale.Storage.ObjectStores;

/// <summary>
/// A store with everything around it that a broker needs: a lane for each kind of work, retries, hedges, instruments.
/// </summary>
/// <remarks>
/// <para>From the outside in: retries (not of uploads), hedges (tail reads), the lane's limit, the replica (reads of tail and catch-up,
/// where there is one), instruments, the store itself. Maintenance reads from the primary alone, because it decides by what it reads.
/// Catch-up reads are not hedged: they are large and read ahead, so that one slow read costs little and a second one much.</para>
/// <para>Of the requests at a time, uploads have 1/4, tail reads 3/8, catch-up reads 1/4 and maintenance the rest; a lane has its share for itself and
/// no more, so that none waits for another.</para>
/// </remarks>
public sealed class ObjectStoreStack : IAsyncDisposable
{
    // In the order of their disposal.
    private readonly List<object> _owned;

    private ObjectStoreStack(List<object> owned, ObjectStoreMetrics metrics, IObjectStore primary, ObjectStoreLanes lanes)
    {
        _owned = owned;
        Metrics = metrics;
        Primary = primary;
        Lanes = lanes;
    }

    /// <summary>What a broker works with.</summary>
    public ObjectStoreLanes Lanes { get; }

    /// <summary>The store with nothing but its instruments, for probes: no retries, and no queue in front of it.</summary>
    public IObjectStore Primary { get; }

    /// <summary>What is published of it.</summary>
    public ObjectStoreMetrics Metrics { get; }

    /// <summary>Builds the stack.</summary>
    /// <param name="store">The store; the stack owns it and disposes it where it can be disposed.</param>
    /// <param name="options">How.</param>
    /// <param name="timeProvider">The clock of everything.</param>
    /// <param name="random">The jitter of retries; nobody else uses it.</param>
    public static ObjectStoreStack Create(IObjectStore store, ObjectStoreStackOptions options, TimeProvider timeProvider, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, ObjectStoreStackOptions.MinConcurrency);
        var metrics = new ObjectStoreMetrics(options.Prices);
        var primary = new InstrumentedObjectStore(store, timeProvider, [metrics.Primary, .. options.PrimaryObservers]);
        List<object> owned = [store];
        var replica = options.Replica is null ? null : new InstrumentedObjectStore(options.Replica, timeProvider, [metrics.Replica]);
        IObjectStore reads = primary;
        if (replica is not null)
        {
            var fallback = new ReplicaFallbackObjectStore(primary, replica, options.ReplicaFallback, new ReplicaReadMetrics(metrics), timeProvider);
            owned.InsertRange(0, [fallback, options.Replica!]);
            reads = fallback;
        }

        var retries = new RetryPolicy(options.Retry, timeProvider, random, metrics);

        var uploads = options.Concurrency / 4;
        var tailReads = options.Concurrency * 3 / 8;
        var catchUpReads = options.Concurrency / 4;
        var maintenance = options.Concurrency - uploads - tailReads - catchUpReads;
        var lanes = new ObjectStoreLanes
        {
            Uploads = Lane("uploads", primary, new LaneLimit(uploads)),
            TailReads = Retrying(Hedging(Lane("tail_reads", reads, new LaneLimit(tailReads)))),
            CatchUpReads = Retrying(Lane("catch_up_reads", reads, new LaneLimit(catchUpReads, options.CatchUpBytesInFlight))),
            Maintenance = Retrying(Lane("maintenance", primary, new LaneLimit(maintenance))),
            Replica = replica,
        };
        return new ObjectStoreStack(owned, metrics, primary, lanes);

        ConcurrencyLimitedObjectStore Lane(string name, IObjectStore inner, LaneLimit limit) =>
            new(inner, new ConcurrencyLimiter(name, limit, timeProvider, metrics));

        HedgingObjectStore Hedging(IObjectStore inner) => new(inner, options.Hedging, timeProvider, metrics);

        RetryingObjectStore Retrying(IObjectStore inner) => new(inner, retries);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
        {
            if (owned is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (owned as IDisposable)?.Dispose();
        }

        Metrics.Dispose();
    }
}
