namespace Kafscale.Storage.Caching;

/// <summary>Entries in the order in which they came, with their bytes. Not thread-safe.</summary>
internal sealed class EvictionQueue
{
    private readonly LinkedList<CacheEntry> _entries = new();

    public long Bytes { get; private set; }

    public bool IsEmpty => _entries.Count == 0;

    public CacheEntry Oldest => _entries.First!.Value;

    public void Add(CacheEntry entry)
    {
        entry.QueueNode = _entries.AddLast(entry);
        entry.Queue = this;
        Bytes += entry.ChargedBytes;
    }

    public void Remove(CacheEntry entry)
    {
        _entries.Remove(entry.QueueNode!);
        entry.QueueNode = null;
        entry.Queue = null;
        Bytes -= entry.ChargedBytes;
    }
}
