using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Caching;

/// <summary>
/// The L1 cache: reads ranges of immutable objects through memory. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Objects are cached in aligned blocks. Adjacent missing blocks are loaded by one range read, up to eight in one; a block is
/// loaded once however many ask, and a reader that gives up does not disturb the others.</para>
/// <para>Bytes in the cache and those being loaded stay within the capacity, as long as the loads alone do: a load is
/// never made to wait for memory, because whoever waits may hold leases on what would have to go. Evicted bytes
/// that are leased live until the lease ends and are not counted.</para>
/// <para>A caller always passes an object's one true length; it knows it from the metadata.</para>
/// </remarks>
public sealed class CachedObjectReader : IAsyncDisposable
{
    private readonly IObjectStore _store;
    private readonly CacheOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly InFlightLoads _loadsInFlight = new();

    private readonly Lock _lock = new();
    private readonly CacheTable _table;
    private bool _isDisposed;

    private long _hits;
    private long _misses;
    private long _loads;
    private long _loadedBytes;
    private long _loadTicks;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="store">Where objects come from.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="timeProvider">Measures loads.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public CachedObjectReader(IObjectStore store, CacheOptions options, TimeProvider timeProvider)
        : this(store, options, timeProvider, ArrayPool<byte>.Shared)
    {
    }

    internal CachedObjectReader(IObjectStore store, CacheOptions options, TimeProvider timeProvider, ArrayPool<byte> pool)
    {
        options.Validate();
        _store = store;
        _options = options;
        _timeProvider = timeProvider;
        _table = new CacheTable(options, pool);
    }

    /// <summary>Bytes in the cache and being loaded.</summary>
    public long Bytes => _table.Bytes;

    /// <summary>Reads that the cache alone answered.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Reads that had to wait for the store.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Range reads of the store, failed ones included.</summary>
    public long Loads => Volatile.Read(ref _loads);

    /// <summary>Bytes that came from the store.</summary>
    public long LoadedBytes => Volatile.Read(ref _loadedBytes);

    /// <summary>The time that all loads together took.</summary>
    public TimeSpan LoadTime => TimeSpan.FromTicks(Volatile.Read(ref _loadTicks));

    /// <summary>Extents and inserted objects that had to go to make room.</summary>
    public long Evictions => _table.Evictions;

    /// <summary>Reads a range of an object, from memory as far as it is there.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="objectLength">The object's size in bytes.</param>
    /// <param name="position">Where the range begins, from 0.</param>
    /// <param name="length">Its bytes, from 0; the range ends within the object.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <returns>A lease, to be disposed once. Completes synchronously where everything is in memory.</returns>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    /// <exception cref="CorruptObjectException">The object is shorter than <paramref name="objectLength"/>.</exception>
    public ValueTask<ObjectBytes> ReadAsync(string key, long objectLength, long position, int length, CancellationToken cancellationToken)
    {
        CheckRange(objectLength, position, length);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ObjectBytes>(cancellationToken);
        List<LoadedExtent> extents;
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_table.TryTake(key, objectLength, position, length) is { } lease)
            {
                _hits++;
                return ValueTask.FromResult(lease);
            }

            _misses++;
            extents = _table.TakeOrPlanLoads(key, objectLength, position, length);
            _table.EvictToCapacity(ref evicted);
        }

        evicted.Release();
        foreach (var extent in extents)
        {
            // The task never fails, and the disposal waits for it.
            if (extent.TryStartLoad())
                _ = LoadAsync(extent);
        }

        return WaitAsync(extents, position, length, cancellationToken);
    }

    /// <summary>Reads a range where all of it is in memory; does not wait, and loads nothing.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public bool TryRead(string key, long objectLength, long position, int length, [NotNullWhen(true)] out ObjectBytes? bytes)
    {
        CheckRange(objectLength, position, length);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            bytes = _table.TryTake(key, objectLength, position, length);
            if (bytes is not null)
                _hits++;
        }

        return bytes is not null;
    }

    /// <summary>Puts a freshly written object into the cache as it lies in memory, in place of whatever was there of it.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="body">All of its bytes, which do not change while <paramref name="owner"/> is retained.</param>
    /// <param name="owner">Retained while the object is in the cache or leased. Its release is called outside of all locks.</param>
    public void Insert(string key, ReadOnlySequence<byte> body, IReferenceCounted owner)
    {
        if (body.IsEmpty || body.Length > _options.CapacityBytes)
            return;
        var evicted = default(EvictedEntries);
        var inserted = new InsertedObject(new CachedObject(key, body.Length), body, owner);
        lock (_lock)
        {
            if (_isDisposed)
                evicted.Add(inserted);
            else
                _table.Insert(inserted, ref evicted);
        }

        evicted.Release();
    }

    /// <summary>Forgets a deleted object; leases on it go on.</summary>
    public void Remove(string key)
    {
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            _table.Remove(key, ref evicted);
        }

        evicted.Release();
    }

    /// <summary>Forgets all objects whose keys begin with <paramref name="prefix"/>, because others may get these keys; leases on them go on.</summary>
    public void RemoveUnder(string prefix)
    {
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            _table.RemoveUnder(prefix, ref evicted);
        }

        evicted.Release();
    }

    /// <summary>Ends the loads and empties the cache; leases go on.</summary>
    public async ValueTask DisposeAsync()
    {
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _table.Clear(ref evicted);
        }

        evicted.Release();
        await _loadsInFlight.StopAsync();
        _loadsInFlight.Dispose();
    }

    private static void CheckRange(long objectLength, long position, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (position > objectLength - length)
            throw new ArgumentOutOfRangeException(nameof(length), $"{length} bytes at {position} are not within an object of {objectLength} bytes.");
    }

    private static async ValueTask<ObjectBytes> WaitAsync(List<LoadedExtent> extents, long position, int length, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var extent in extents)
                await extent.Loaded.WaitAsync(cancellationToken);
        }
        catch
        {
            foreach (var extent in extents)
                extent.Release();
            throw;
        }

        return new ObjectBytes(extents, position, length);
    }

    /// <summary>Loads an extent for everybody who waits for it, and never fails itself.</summary>
    private async Task LoadAsync(LoadedExtent extent)
    {
        Exception? failure = null;
        var isEntered = _loadsInFlight.TryEnter();
        try
        {
            ObjectDisposedException.ThrowIf(!isEntered, this);
            await LoadIntoBufferAsync(extent);
        }
        catch (Exception exception)
        {
            // Whatever it is, it belongs to the readers that wait.
            failure = exception;
        }

        FinishLoad(extent, isSuccess: failure is null);
        extent.Complete(failure);
        if (isEntered)
            _loadsInFlight.Exit();
    }

    private async Task LoadIntoBufferAsync(LoadedExtent extent)
    {
        var startedAt = _timeProvider.GetTimestamp();
        Interlocked.Increment(ref _loads);
        try
        {
            var read = await _store.ReadAsync(extent.Object.Key, extent.Position, extent.RentBuffer(), _loadsInFlight.Stopping);
            Interlocked.Add(ref _loadedBytes, read);
            if (read != extent.Length)
            {
                throw new CorruptObjectException(
                    extent.Object.Key, extent.Position + read, $"The object ends here instead of at {extent.Object.Length}.");
            }
        }
        finally
        {
            Interlocked.Add(ref _loadTicks, _timeProvider.GetElapsedTime(startedAt).Ticks);
        }
    }

    private void FinishLoad(LoadedExtent extent, bool isSuccess)
    {
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            _table.FinishLoad(extent, isSuccess, ref evicted);
        }

        evicted.Release();
    }
}
