using System.Buffers;

namespace Kafscale.Storage.Caching;

/// <summary>What is in the cache, and where: everything that the lock of <see cref="CachedObjectReader"/> guards. Not thread-safe.</summary>
internal sealed class CacheTable(CacheOptions options, ArrayPool<byte> pool)
{
    /// <summary>More would make the first block wait too long, and be evicted in too large a piece.</summary>
    private const int MaxBlocksPerLoad = 8;

    private readonly Dictionary<string, CachedObject> _objects = new(StringComparer.Ordinal);
    private readonly EvictionQueues _queues = new(options.CapacityBytes, options.BlockBytes);
    private long _bytes;
    private long _evictions;

    public long Bytes => Volatile.Read(ref _bytes);

    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>A lease on the range, or <see langword="null"/> where some of it is not there.</summary>
    public ObjectBytes? TryTake(string key, long objectLength, long position, int length)
    {
        if (length == 0)
            return new ObjectBytes(entry: null, ReadOnlySequence<byte>.Empty);
        if (!_objects.TryGetValue(key, out var cachedObject))
            return null;
        if (cachedObject.Length != objectLength)
            throw new ArgumentException($"The object '{key}' has {cachedObject.Length} bytes, not {objectLength}.", nameof(objectLength));
        if (cachedObject.Whole is { } whole)
            return Take(whole, position, length);

        var firstBlock = BlockOf(position);
        var lastBlock = BlockOf(position + length - 1);
        for (var block = firstBlock; block <= lastBlock;)
        {
            if (cachedObject.Blocks[block] is not { IsLoaded: true } extent)
                return null;
            block = extent.EndBlock;
        }

        var first = cachedObject.Blocks[firstBlock]!;
        return first.EndBlock > lastBlock
            ? Take(first, position, length)
            : new ObjectBytes(TakeOrPlanLoads(key, objectLength, position, length), position, length);
    }

    /// <summary>Retains the extents that have the range; those that are missing are created, to be loaded.</summary>
    public List<LoadedExtent> TakeOrPlanLoads(string key, long objectLength, long position, int length)
    {
        if (!_objects.TryGetValue(key, out var cachedObject))
        {
            cachedObject = new CachedObject(key, objectLength, options.BlockBytes);
            _objects.Add(key, cachedObject);
        }

        var extents = new List<LoadedExtent>();
        var endBlock = BlockOf(position + length - 1) + 1;
        for (var block = BlockOf(position); block < endBlock; block = extents[^1].EndBlock)
        {
            var extent = cachedObject.Blocks[block] ?? PlanLoad(cachedObject, block, endBlock);
            if (extent.IsLoaded)
                _queues.Touch(extent);
            extent.Retain();
            extents.Add(extent);
        }

        return extents;
    }

    /// <summary>Takes over the end of a load.</summary>
    public void FinishLoad(LoadedExtent extent, bool isSuccess, ref EvictedEntries evicted)
    {
        if (isSuccess && extent.IsAttached)
        {
            extent.IsLoaded = true;
            _queues.Admit(extent);
            EvictToCapacity(ref evicted);
            return;
        }

        if (extent.IsAttached)
            Detach(extent);
        _bytes -= extent.ChargedBytes;
        evicted.Add(extent);
    }

    public void Insert(InsertedObject inserted, ref EvictedEntries evicted)
    {
        var cachedObject = inserted.Object;
        Remove(cachedObject.Key, ref evicted);
        cachedObject.Whole = inserted;
        _objects.Add(cachedObject.Key, cachedObject);
        _queues.Admit(inserted);
        _bytes += inserted.ChargedBytes;
        EvictToCapacity(ref evicted);
    }

    public void Remove(string key, ref EvictedEntries evicted)
    {
        if (!_objects.TryGetValue(key, out var cachedObject))
            return;
        if (cachedObject.Whole is { } whole)
            RemoveLoaded(whole, ref evicted);
        for (var block = 0; block < cachedObject.Blocks.Length; block++)
        {
            if (cachedObject.Blocks[block] is not { } extent)
                continue;

            // One that is being loaded gives its memory back when the load ends.
            if (extent.IsLoaded)
                RemoveLoaded(extent, ref evicted);
            else
                Detach(extent);
        }
    }

    public void RemoveUnder(string prefix, ref EvictedEntries evicted)
    {
        foreach (var key in _objects.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            Remove(key, ref evicted);
    }

    public void Clear(ref EvictedEntries evicted) => RemoveUnder("", ref evicted);

    public void EvictToCapacity(ref EvictedEntries evicted)
    {
        while (_bytes > options.CapacityBytes && _queues.TakeVictim() is { } victim)
        {
            Detach(victim);
            _bytes -= victim.ChargedBytes;
            _evictions++;
            evicted.Add(victim);
        }
    }

    private LoadedExtent PlanLoad(CachedObject cachedObject, int block, int endBlock)
    {
        var missing = 1;
        while (block + missing < endBlock && missing < MaxBlocksPerLoad && cachedObject.Blocks[block + missing] is null)
            missing++;
        var extent = new LoadedExtent(cachedObject, pool, options.BlockBytes, block, missing);
        cachedObject.Attach(extent);
        _bytes += extent.ChargedBytes;
        return extent;
    }

    private ObjectBytes Take(CacheEntry entry, long position, int length)
    {
        var bytes = entry.Slice(position, length);
        entry.Retain();
        _queues.Touch(entry);
        return new ObjectBytes(entry, bytes);
    }

    private void RemoveLoaded(CacheEntry entry, ref EvictedEntries evicted)
    {
        EvictionQueues.Remove(entry);
        Detach(entry);
        _bytes -= entry.ChargedBytes;
        evicted.Add(entry);
    }

    private void Detach(CacheEntry entry)
    {
        entry.Object.Detach(entry);
        if (entry.Object.IsEmpty)
            _objects.Remove(entry.Object.Key);
    }

    private int BlockOf(long position) => (int)(position / options.BlockBytes);
}
