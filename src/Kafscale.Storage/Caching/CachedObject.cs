namespace Kafscale.Storage.Caching;

/// <summary>What the cache has of one object: either all of it, as it was inserted, or some extents. Guarded by the cache's lock.</summary>
internal sealed class CachedObject(string key, long length)
{
    // By position; they do not overlap.
    private readonly List<LoadedExtent> _extents = [];
    private long? _firstRegion;
    private long _askedBytes;
    private long _loadedBytes;

    public string Key { get; } = key;

    public long Length { get; } = length;

    public InsertedObject? Whole { get; set; }

    public IReadOnlyList<LoadedExtent> Extents => _extents;

    public bool IsEmpty => Whole is null && _extents.Count == 0;

    /// <summary>Whether different regions of it are read: then it is worth loading what lies between them.</summary>
    public bool IsShared { get; private set; }

    /// <summary>How much more may be loaded so that it is at most so many times what was asked for.</summary>
    public long AllowanceFor(int timesAskedBytes) => (timesAskedBytes * _askedBytes) - _loadedBytes;

    /// <summary>The extent that has a position, or will have it when it is loaded.</summary>
    public LoadedExtent? At(long position)
    {
        var index = FindFrom(position);
        return index < _extents.Count && _extents[index].Position <= position ? _extents[index] : null;
    }

    /// <summary>Where the extent before a position ends, or where the object begins.</summary>
    public long EndBefore(long position)
    {
        var index = FindFrom(position);
        return index > 0 ? _extents[index - 1].EndPosition : 0;
    }

    /// <summary>Where the extent behind a position begins, or where the object ends.</summary>
    public long StartBehind(long position)
    {
        var index = FindFrom(position);
        return index < _extents.Count ? _extents[index].Position : Length;
    }

    /// <summary>Takes note that bytes were asked for.</summary>
    public void NoteAsked(long bytes) => _askedBytes += bytes;

    /// <summary>Takes note of the region that a reader is in.</summary>
    public void NoteRegion(in ObjectRegion region)
    {
        _firstRegion ??= region.Start;
        IsShared |= region.Start != _firstRegion;
    }

    public void Attach(LoadedExtent extent)
    {
        _extents.Insert(FindFrom(extent.Position), extent);
        _loadedBytes += extent.Length;
    }

    public void Detach(CacheEntry entry)
    {
        entry.IsAttached = false;
        if (entry is LoadedExtent extent)
            _extents.RemoveAt(FindFrom(extent.Position));
        else
            Whole = null;
    }

    // The first extent that ends behind the position.
    private int FindFrom(long position)
    {
        var low = 0;
        var high = _extents.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_extents[middle].EndPosition <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
