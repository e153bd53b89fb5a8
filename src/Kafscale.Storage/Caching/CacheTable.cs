using System.Buffers;

namespace Kafscale.Storage.Caching;

/// <summary>What is in the cache, and where: everything that the lock of <see cref="CachedObjectReader"/> guards. Not thread-safe.</summary>
internal sealed class CacheTable(CacheOptions options, ArrayPool<byte> pool, TimeProvider timeProvider)
{
    private readonly Dictionary<string, CachedObject> _objects = new(StringComparer.Ordinal);
    private readonly EvictionQueues _queues = new(options.CapacityBytes, options.BlockBytes);
    private readonly LoadPlanner _planner = new(options);
    private long _bytes;
    private long _readAheadBytes;
    private long _evictions;
    private long _usedReadAheadBytes;
    private long _wastedReadAheadBytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public long Evictions => Volatile.Read(ref _evictions);

    public long UsedReadAheadBytes => Volatile.Read(ref _usedReadAheadBytes);

    public long WastedReadAheadBytes => Volatile.Read(ref _wastedReadAheadBytes);

    /// <summary>A lease on the range, or <see langword="null"/> where some of it is not there.</summary>
    public ObjectBytes? TryTake(in ObjectRegion region, long position, int length)
    {
        if (length == 0)
            return new ObjectBytes(entry: null, ReadOnlySequence<byte>.Empty);
        if (!_objects.TryGetValue(region.Key, out var cachedObject))
            return null;
        if (cachedObject.Length != region.ObjectLength)
            throw new ArgumentException($"The object '{region.Key}' has {cachedObject.Length} bytes, not {region.ObjectLength}.", nameof(region));
        if (cachedObject.Whole is { } whole)
            return Take(whole, region, position, length);

        var end = position + length;
        if (cachedObject.At(position) is not { IsLoaded: true } first)
            return null;
        for (var extent = first; extent.EndPosition < end;)
        {
            if (cachedObject.At(extent.EndPosition) is not { IsLoaded: true } next)
                return null;
            extent = next;
        }

        if (!first.IsAhead)
            cachedObject.NoteAsked(length);
        if (first.EndPosition >= end)
            return Take(first, region, position, length);
        var extents = new List<LoadedExtent>();
        for (var at = position; at < end; at = extents[^1].EndPosition)
            TakeInto(extents, cachedObject.At(at)!, region, end);
        return new ObjectBytes(extents, position, length);
    }

    /// <summary>How many bytes of a region are there.</summary>
    public long CountBytes(in ObjectRegion region)
    {
        if (!_objects.TryGetValue(region.Key, out var cachedObject))
            return 0;
        if (cachedObject.Whole is not null)
            return region.End - region.Start;
        var bytes = 0L;
        foreach (var extent in cachedObject.Extents)
        {
            if (extent.IsLoaded)
                bytes += Math.Max(0, Math.Min(extent.EndPosition, region.End) - Math.Max(extent.Position, region.Start));
        }

        return bytes;
    }

    /// <summary>Retains the extents that have the range; those that are missing are created, to be loaded.</summary>
    public List<LoadedExtent> TakeOrPlanLoads(in ObjectRegion region, long position, int length, bool isExact)
    {
        var cachedObject = GetOrAdd(region);
        cachedObject.NoteRegion(region);
        cachedObject.NoteAsked(length);
        var end = position + length;
        var wanted = _planner.Widen(cachedObject, region, position, end, isExact);
        var extents = new List<LoadedExtent>();
        while (position < end)
        {
            var extent = cachedObject.At(position) ?? PlanLoad(cachedObject, wanted, position, isAhead: false);
            TakeInto(extents, extent, region, end);
            position = extent.EndPosition;
        }

        return extents;
    }

    /// <summary>Creates what is missing of a range, to be loaded before somebody asks for it, as far as there is room.</summary>
    /// <param name="region">Where the reader is.</param>
    /// <param name="position">Where the range begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="extents">What is to be loaded.</param>
    /// <param name="evicted">What made room for it.</param>
    /// <returns>Whether there was room for all of it.</returns>
    public bool PlanReadAhead(in ObjectRegion region, long position, long end, out List<LoadedExtent> extents, ref EvictedEntries evicted)
    {
        extents = [];
        if (_objects.TryGetValue(region.Key, out var known) && known.Whole is not null)
            return true;
        var cachedObject = GetOrAdd(region);
        cachedObject.NoteRegion(region);
        cachedObject.NoteAsked(end - position);
        var wanted = _planner.WidenAhead(cachedObject, region, position, end);
        while (position < wanted.To)
        {
            if (cachedObject.At(position) is { } there)
            {
                position = there.EndPosition;
                continue;
            }

            var to = _planner.EndOfLoad(cachedObject, wanted, position);
            if (!MakeRoomForReadAhead(LoadedExtent.PooledBytesOf(to - position), ref evicted))
            {
                if (cachedObject.IsEmpty)
                    _objects.Remove(cachedObject.Key);
                return false;
            }

            var extent = PlanLoad(cachedObject, wanted, position, isAhead: true);
            extents.Add(extent);
            position = extent.EndPosition;
        }

        return true;
    }

    /// <summary>Takes over the end of a load.</summary>
    public void FinishLoad(LoadedExtent extent, bool isSuccess, ref EvictedEntries evicted)
    {
        if (isSuccess && extent.IsAttached)
        {
            extent.IsLoaded = true;
            extent.LoadedAt = timeProvider.GetTimestamp();
            _queues.Admit(extent);
            EvictToCapacity(ref evicted);
            return;
        }

        NoteGone(extent);
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
        foreach (var extent in cachedObject.Extents.ToArray())
        {
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
            Evict(victim, ref evicted);
    }

    private CachedObject GetOrAdd(in ObjectRegion region)
    {
        if (!_objects.TryGetValue(region.Key, out var cachedObject))
        {
            cachedObject = new CachedObject(region.Key, region.ObjectLength);
            _objects.Add(region.Key, cachedObject);
        }

        return cachedObject;
    }

    private LoadedExtent PlanLoad(CachedObject cachedObject, in LoadRange wanted, long position, bool isAhead)
    {
        var from = Math.Max(cachedObject.EndBefore(position), Math.Min(wanted.From, position));
        if (position - from >= options.LargestLoadBytes)
            from = position;
        var to = _planner.EndOfLoad(cachedObject, wanted, from);
        var extent = new LoadedExtent(cachedObject, pool, from, (int)(to - from)) { IsAhead = isAhead };
        cachedObject.Attach(extent);

        // What made room may have been all that was there of this object.
        _objects.TryAdd(cachedObject.Key, cachedObject);
        _bytes += extent.ChargedBytes;
        if (isAhead)
            _readAheadBytes += LoadedExtent.PooledBytesOf(extent.Length);
        return extent;
    }

    // Only what nobody came for makes room: whatever else is ahead of its reader would be loaded twice.
    private bool MakeRoomForReadAhead(long pooledBytes, ref EvictedEntries evicted)
    {
        while (_readAheadBytes + pooledBytes > options.ReadAheadBytes)
        {
            if (_queues.OldestReadAhead is not { } oldest || timeProvider.GetElapsedTime(oldest.LoadedAt) < options.ReadAheadPatience)
                return false;
            EvictionQueues.Remove(oldest);
            Evict(oldest, ref evicted);
        }

        return true;
    }

    private ObjectBytes Take(CacheEntry entry, in ObjectRegion region, long position, int length)
    {
        var bytes = entry.Slice(position, length);
        entry.Retain();
        NoteUsed(entry, region, position + length);
        return new ObjectBytes(entry, bytes);
    }

    private void TakeInto(List<LoadedExtent> extents, LoadedExtent extent, in ObjectRegion region, long end)
    {
        NoteUsed(extent, region, end);
        extent.Retain();
        extents.Add(extent);
    }

    // What is ahead stays so until its reader has come to its end, or that of its region.
    private void NoteUsed(CacheEntry entry, in ObjectRegion region, long end)
    {
        if (entry is not LoadedExtent { IsAhead: true } extent)
        {
            _queues.Touch(entry);
            return;
        }

        if (!extent.IsUsed)
        {
            extent.IsUsed = true;
            _usedReadAheadBytes += extent.Length;
        }

        if (end >= extent.EndPosition || end >= region.End)
        {
            EndReadAhead(extent);
            if (extent.IsLoaded)
            {
                EvictionQueues.Remove(extent);
                _queues.Admit(extent);
            }
        }
    }

    private void NoteGone(CacheEntry entry)
    {
        if (entry is LoadedExtent { IsAhead: true } extent)
        {
            _wastedReadAheadBytes += extent.IsUsed ? 0 : extent.Length;
            EndReadAhead(extent);
        }
    }

    private void EndReadAhead(LoadedExtent extent)
    {
        extent.IsAhead = false;
        _readAheadBytes -= LoadedExtent.PooledBytesOf(extent.Length);
    }

    private void RemoveLoaded(CacheEntry entry, ref EvictedEntries evicted)
    {
        EvictionQueues.Remove(entry);
        TakeOut(entry, ref evicted);
    }

    private void Evict(CacheEntry victim, ref EvictedEntries evicted)
    {
        _evictions++;
        TakeOut(victim, ref evicted);
    }

    private void TakeOut(CacheEntry entry, ref EvictedEntries evicted)
    {
        NoteGone(entry);
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
}
