namespace Kafscale.Storage.Caching;

/// <summary>
/// Objects in the form in which they are used, by key. Bounded by their bytes, the least recently used goes first; one load per
/// object however many ask. Thread-safe.
/// </summary>
/// <typeparam name="T">What an object is parsed to; never changes.</typeparam>
/// <param name="capacityBytes">The most bytes that all parsed objects together take.</param>
/// <param name="memoryBytesOf">The bytes that one of them takes.</param>
internal sealed class ParsedObjectCache<T>(long capacityBytes, Func<T, long> memoryBytesOf) : IAsyncDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _leastRecentFirst = new();
    private readonly InFlightLoads _loadsInFlight = new();
    private long _bytes;
    private long _hits;
    private long _misses;
    private long _evictions;

    /// <summary>Bytes of the parsed objects in the cache.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Requests that the cache answered.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Requests that had to wait for a load.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Objects that had to go to make room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>The parsed object, from memory or by a load, whose failure is that of everybody who waits for it.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="argument">Passed on to the load.</param>
    /// <param name="load">Reads and parses the object.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    public ValueTask<T> GetAsync<TArgument>(
        string key, TArgument argument, Func<string, TArgument, CancellationToken, ValueTask<T>> load, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        Entry? entry;
        bool isNew;
        lock (_lock)
        {
            isNew = !_entries.TryGetValue(key, out entry);
            if (isNew)
            {
                entry = new Entry(key);
                _entries.Add(key, entry);
            }

            if (entry!.Value is { } value)
            {
                _hits++;
                _leastRecentFirst.Remove(entry.Node);
                _leastRecentFirst.AddLast(entry.Node);
                return ValueTask.FromResult(value);
            }

            _misses++;
        }

        // The task never fails, and the disposal waits for it.
        if (isNew)
            _ = LoadAsync(entry, argument, load);
        return new ValueTask<T>(entry.Loaded.Task.WaitAsync(cancellationToken));
    }

    /// <summary>Keeps a freshly written object, which need not be loaded then.</summary>
    public void Insert(string key, T value)
    {
        lock (_lock)
        {
            RemoveUnderLock(key);
            var entry = new Entry(key);
            _entries.Add(key, entry);
            KeepUnderLock(entry, value);
        }
    }

    /// <summary>Forgets a deleted object.</summary>
    public void Remove(string key)
    {
        lock (_lock)
        {
            RemoveUnderLock(key);
        }
    }

    /// <summary>Forgets all objects whose keys begin with <paramref name="prefix"/>; a load that is under way is not kept.</summary>
    public void RemoveUnder(string prefix)
    {
        lock (_lock)
        {
            foreach (var key in _entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            {
                RemoveUnderLock(key);
            }
        }
    }

    /// <summary>Ends the loads and empties the cache.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loadsInFlight.StopAsync();
        _loadsInFlight.Dispose();
        lock (_lock)
        {
            _entries.Clear();
            _leastRecentFirst.Clear();
            _bytes = 0;
        }
    }

    /// <summary>Loads an object for everybody who waits for it, and never fails itself.</summary>
    private async Task LoadAsync<TArgument>(Entry entry, TArgument argument, Func<string, TArgument, CancellationToken, ValueTask<T>> load)
    {
        var isEntered = _loadsInFlight.TryEnter();
        try
        {
            ObjectDisposedException.ThrowIf(!isEntered, this);
            var value = await load(entry.Key, argument, _loadsInFlight.Stopping);
            Keep(entry, value);
            entry.Loaded.SetResult(value);
        }
        catch (Exception exception)
        {
            ForgetUnlessReplaced(entry);

            // Whatever it is, it belongs to those who wait; all of them may have been cancelled, then nobody else looks at it.
            entry.Loaded.SetException(exception);
            _ = entry.Loaded.Task.Exception;
        }

        if (isEntered)
            _loadsInFlight.Exit();
    }

    private void Keep(Entry entry, T value)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(entry.Key, out var current) && current == entry)
                KeepUnderLock(entry, value);
        }
    }

    private void KeepUnderLock(Entry entry, T value)
    {
        entry.Value = value;
        entry.MemoryBytes = memoryBytesOf(value);
        _leastRecentFirst.AddLast(entry.Node);
        _bytes += entry.MemoryBytes;
        while (_bytes > capacityBytes)
        {
            RemoveUnderLock(_leastRecentFirst.First!.Value.Key);
            _evictions++;
        }
    }

    private void ForgetUnlessReplaced(Entry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(entry.Key, out var current) && current == entry)
                _entries.Remove(entry.Key);
        }
    }

    private void RemoveUnderLock(string key)
    {
        if (!_entries.Remove(key, out var entry) || entry.Value is null)
            return;
        _leastRecentFirst.Remove(entry.Node);
        _bytes -= entry.MemoryBytes;
    }

    private sealed class Entry
    {
        public Entry(string key)
        {
            Key = key;
            Node = new LinkedListNode<Entry>(this);
        }

        public string Key { get; }

        public LinkedListNode<Entry> Node { get; }

        public TaskCompletionSource<T> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Null while it is being loaded.</summary>
        public T? Value { get; set; }

        public long MemoryBytes { get; set; }
    }
}
