namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Keys that were added within the last moments, at most a fixed number of them. Thread-safe.</summary>
/// <remarks>The memory for them is taken once, as far as the keys themselves are not concerned.</remarks>
internal sealed class RecentKeys(int capacity, TimeSpan timeToLive, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _addedAt = new(capacity, StringComparer.Ordinal);

    // In the order in which they end. A key that was removed stays here until its turn comes.
    private readonly Queue<(string Key, long AddedAt)> _oldestFirst = new(capacity);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _addedAt.Count;
            }
        }
    }

    public bool Contains(string key)
    {
        lock (_lock)
        {
            return _addedAt.Count > 0 && _addedAt.TryGetValue(key, out var addedAt) && timeProvider.GetElapsedTime(addedAt) < timeToLive;
        }
    }

    /// <summary>Remembers a key from now on.</summary>
    public void Add(string key)
    {
        lock (_lock)
        {
            while (_oldestFirst.TryPeek(out var oldest) && (_oldestFirst.Count >= capacity || timeProvider.GetElapsedTime(oldest.AddedAt) >= timeToLive))
            {
                _oldestFirst.Dequeue();
                if (_addedAt.TryGetValue(oldest.Key, out var addedAt) && addedAt == oldest.AddedAt)
                    _addedAt.Remove(oldest.Key);
            }

            var now = timeProvider.GetTimestamp();
            _addedAt[key] = now;
            _oldestFirst.Enqueue((key, now));
        }
    }
}
