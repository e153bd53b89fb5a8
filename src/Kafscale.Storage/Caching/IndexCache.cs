using System.Buffers;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Caching;

/// <summary>
/// The L2 cache: parsed indexes of segments. Bounded, the least recently used goes first; one load per index however many ask.
/// Thread-safe.
/// </summary>
/// <param name="store">Where the indexes come from.</param>
/// <param name="capacityBytes">The most bytes that all parsed indexes together take.</param>
public sealed class IndexCache(IObjectStore store, long capacityBytes) : IAsyncDisposable
{
    /// <summary>The longest index: that of a 2 GiB segment with an entry for each of its smallest batches.</summary>
    private const long MaxIndexBytes = 512L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _leastRecentFirst = new();
    private readonly InFlightLoads _loadsInFlight = new();
    private long _bytes;
    private long _hits;
    private long _misses;
    private long _evictions;

    /// <summary>Bytes of the parsed indexes in the cache.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Requests that the cache answered.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Requests that had to wait for a load.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Indexes that had to go to make room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>The index of a segment, from memory or from the store.</summary>
    /// <param name="key">The index's key.</param>
    /// <param name="indexLength">Its size in bytes, as the manifest has it.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="ObjectNotFoundException">There is no such index.</exception>
    /// <exception cref="CorruptObjectException">The object is not a valid index of that length.</exception>
    public ValueTask<SparseIndex> GetAsync(string key, long indexLength, CancellationToken cancellationToken)
    {
        if (indexLength is < 1 or > MaxIndexBytes)
            throw new ArgumentOutOfRangeException(nameof(indexLength), indexLength, "This is not the length of an index.");
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<SparseIndex>(cancellationToken);
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

            if (entry!.Index is { } index)
            {
                _hits++;
                _leastRecentFirst.Remove(entry.Node);
                _leastRecentFirst.AddLast(entry.Node);
                return ValueTask.FromResult(index);
            }

            _misses++;
        }

        // The task never fails, and the disposal waits for it.
        if (isNew)
            _ = LoadAsync(entry, (int)indexLength);
        return new ValueTask<SparseIndex>(entry.Loaded.Task.WaitAsync(cancellationToken));
    }

    /// <summary>Forgets the index of a deleted segment.</summary>
    public void Remove(string key)
    {
        lock (_lock)
        {
            if (_entries.Remove(key, out var entry) && entry.Index is not null)
                Unlink(entry);
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

    /// <summary>Loads an index for everybody who waits for it, and never fails itself.</summary>
    private async Task LoadAsync(Entry entry, int indexLength)
    {
        var isEntered = _loadsInFlight.TryEnter();
        try
        {
            ObjectDisposedException.ThrowIf(!isEntered, this);
            var index = await LoadAndParseAsync(entry.Key, indexLength);
            Keep(entry, index);
            entry.Loaded.SetResult(index);
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

    private async Task<SparseIndex> LoadAndParseAsync(string key, int indexLength)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(indexLength);
        try
        {
            var read = await store.ReadAsync(key, offset: 0, buffer.AsMemory(0, indexLength), _loadsInFlight.Stopping);
            return read == indexLength
                ? SparseIndex.Parse(key, new ReadOnlySequence<byte>(buffer, 0, indexLength))
                : throw new CorruptObjectException(key, read, $"The index ends here instead of at {indexLength}.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Keep(Entry entry, SparseIndex index)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(entry.Key, out var current) || current != entry)
                return;
            entry.Index = index;
            _leastRecentFirst.AddLast(entry.Node);
            _bytes += index.MemoryBytes;
            while (_bytes > capacityBytes)
            {
                var victim = _leastRecentFirst.First!.Value;
                _entries.Remove(victim.Key);
                Unlink(victim);
                _evictions++;
            }
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

    private void Unlink(Entry entry)
    {
        _leastRecentFirst.Remove(entry.Node);
        _bytes -= entry.Index!.MemoryBytes;
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

        public TaskCompletionSource<SparseIndex> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Null while it is being loaded.</summary>
        public SparseIndex? Index { get; set; }
    }
}
