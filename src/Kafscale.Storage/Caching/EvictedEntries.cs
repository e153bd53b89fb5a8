namespace Kafscale.Storage.Caching;

/// <summary>
/// Entries that left the cache under its lock; their references are given back behind it, because that
/// may run an owner's code.
/// </summary>
internal struct EvictedEntries
{
    private CacheEntry? _first;
    private List<CacheEntry>? _others;

    public void Add(CacheEntry entry)
    {
        if (_first is null)
            _first = entry;
        else
            (_others ??= []).Add(entry);
    }

    public readonly void Release()
    {
        _first?.Release();
        if (_others is null)
            return;
        foreach (var entry in _others)
            entry.Release();
    }
}
