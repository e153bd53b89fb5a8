using System.Buffers;

namespace Kafscale.Storage.Caching;

/// <summary>A stretch of one object's bytes in memory: what the cache evicts as a whole, and what leases keep alive.</summary>
/// <remarks>
/// The references are counted: one is the cache's own, as long as the entry can be found there, and one each that of a lease
/// or a load. The queue fields belong to <see cref="EvictionQueues"/>, and like the rest of the mutable state
/// they are guarded by the cache's lock.
/// </remarks>
internal abstract class CacheEntry(CachedObject cachedObject, long memoryBytes)
{
    /// <summary>About what the bookkeeping of an entry takes; it counts where objects are small.</summary>
    public const int OverheadBytes = 512;

    private int _references = 1;

    public CachedObject Object { get; } = cachedObject;

    /// <summary>How much memory the entry takes from the cache's capacity.</summary>
    public long ChargedBytes { get; } = memoryBytes + OverheadBytes;

    /// <summary>Whether the entry can be found in the cache.</summary>
    public bool IsAttached { get; set; } = true;

    public LinkedListNode<CacheEntry>? QueueNode { get; set; }

    public EvictionQueue? Queue { get; set; }

    /// <summary>How many bytes the cache had admitted before this entry.</summary>
    public long AdmittedAt { get; set; }

    public bool IsReferenced { get; set; }

    /// <summary>Adds a reference; only the holder of one may, or somebody under the cache's lock while the entry is attached.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        var references = Interlocked.Decrement(ref _references);
        if (references == 0)
            FreeMemory();
        else if (references < 0)
            throw new InvalidOperationException($"Bytes of the object '{Object.Key}' were released more often than they were retained.");
    }

    /// <summary>The bytes from <paramref name="position"/> in the object on, which the caller knows to be in this entry.</summary>
    public abstract ReadOnlySequence<byte> Slice(long position, int length);

    protected abstract void FreeMemory();
}
