using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Caching;

/// <summary>
/// The L1 cache: reads ranges of immutable objects through memory. Thread-safe.
/// </summary>
/// <remarks>
/// <para>What is missing is loaded in extents that do not overlap; a byte is loaded once however many ask, and a reader that gives
/// up does not disturb the others.</para>
/// <para>Bytes in the cache and those being loaded stay within the capacity, as long as the loads alone do: a load is
/// never made to wait for memory, because whoever waits may hold leases on what would have to go. Evicted bytes
/// that are leased live until the lease ends and are not counted.</para>
/// <para>Reads of older records have their own way to the store, and only so many of them load at a time. What is read ahead has a
/// share of its own, too.</para>
/// <para>A caller always passes an object's one true length; it knows it from the metadata.</para>
/// </remarks>
public sealed class CachedObjectReader : IAsyncDisposable
{
    private readonly IObjectStore _tailReads;
    private readonly IObjectStore _catchUpReads;
    private readonly CacheOptions _options;
    private readonly InFlightLoads _loadsInFlight = new();

    // What is being loaded takes its memory from what is in the cache, so only so many bytes of older records are loaded at a time.
    private readonly ByteBudget _catchUpLoads;

    private readonly Lock _lock = new();
    private readonly CacheTable _table;
    private bool _isDisposed;

    private long _hits;
    private long _misses;
    private long _loads;
    private long _hitBytes;
    private long _missBytes;
    private long _loadedBytes;
    private long _readAheadBytes;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="tailReads">Where objects come from for the recent ends of logs.</param>
    /// <param name="catchUpReads">Where they come from for older records, and for what is read ahead.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="timeProvider">Measures loads.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public CachedObjectReader(IObjectStore tailReads, IObjectStore catchUpReads, CacheOptions options, TimeProvider timeProvider)
        : this(tailReads, catchUpReads, options, timeProvider, ArrayPool<byte>.Shared)
    {
    }

    internal CachedObjectReader(
        IObjectStore tailReads, IObjectStore catchUpReads, CacheOptions options, TimeProvider timeProvider, ArrayPool<byte> pool)
    {
        options.Validate();
        _tailReads = tailReads;
        _catchUpReads = catchUpReads;
        _catchUpLoads = new ByteBudget(options.CatchUpBytes, timeProvider);
        _options = options;
        _table = new CacheTable(options, pool, timeProvider);
    }

    /// <summary>Bytes in the cache and being loaded.</summary>
    public long Bytes => _table.Bytes;

    /// <summary>Reads that the cache alone answered.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Reads that had to wait for the store.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Bytes of the reads that the cache alone answered.</summary>
    public long HitBytes => Volatile.Read(ref _hitBytes);

    /// <summary>Bytes of the reads that had to wait for the store.</summary>
    public long MissBytes => Volatile.Read(ref _missBytes);

    /// <summary>The most bytes that are read ahead and not yet asked for.</summary>
    public long ReadAheadCapacityBytes => _options.ReadAheadBytes;

    /// <summary>Bytes whose load began before anybody asked for them.</summary>
    public long ReadAheadBytes => Volatile.Read(ref _readAheadBytes);

    /// <summary>Bytes that were read ahead and then asked for.</summary>
    public long UsedReadAheadBytes => _table.UsedReadAheadBytes;

    /// <summary>Bytes that were read ahead and went without having been asked for.</summary>
    public long WastedReadAheadBytes => _table.WastedReadAheadBytes;

    /// <summary>How long reads of older records have waited for their turn, all together.</summary>
    public TimeSpan CatchUpWaitTime => _catchUpLoads.WaitTime;

    /// <summary>Range reads of the store, failed ones included.</summary>
    public long Loads => Volatile.Read(ref _loads);

    /// <summary>Bytes that came from the store.</summary>
    public long LoadedBytes => Volatile.Read(ref _loadedBytes);

    /// <summary>Extents and inserted objects that had to go to make room.</summary>
    public long Evictions => _table.Evictions;

    /// <summary>Reads a range of an object, from memory as far as it is there.</summary>
    /// <param name="region">The part of the object that the reader is in: loads do not go beyond it without need.</param>
    /// <param name="position">Where the range begins.</param>
    /// <param name="length">Its bytes, from 0; the range lies within the region.</param>
    /// <param name="kind">What the read is for.</param>
    /// <param name="isExact">Whether nothing is loaded of the region but the range: the rest would be evicted before the reader comes to it.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <returns>A lease, to be disposed once. Completes synchronously where everything is in memory.</returns>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    /// <exception cref="CorruptObjectException">The object is shorter than the region says.</exception>
    public ValueTask<ObjectBytes> ReadAsync(
        in ObjectRegion region, long position, int length, ReadKind kind, bool isExact, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ObjectBytes>(cancellationToken);
        if (TryRead(region, position, length, out var bytes))
            return ValueTask.FromResult(bytes);
        Interlocked.Increment(ref _misses);
        Interlocked.Add(ref _missBytes, length);
        return kind == ReadKind.CatchUp
            ? LoadInTurnAsync(region, position, length, isExact, cancellationToken)
            : LoadAsync(region, position, length, kind, isExact, cancellationToken);
    }

    /// <summary>Reads a range where all of it is in memory; does not wait, and loads nothing.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public bool TryRead(in ObjectRegion region, long position, int length, [NotNullWhen(true)] out ObjectBytes? bytes)
    {
        CheckRange(region, position, length);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            bytes = _table.TryTake(region, position, length);
            if (bytes is not null)
            {
                _hits++;
                _hitBytes += length;
            }
        }

        return bytes is not null;
    }

    /// <summary>
    /// Begins to load a range that somebody will probably ask for, as far as it is missing and there is room. Nobody is told where
    /// that fails: whoever asks then tries again.
    /// </summary>
    /// <param name="region">The part of the object that the reader is in.</param>
    /// <param name="position">Where the range begins.</param>
    /// <param name="end">Where it ends, within the region.</param>
    /// <returns>Whether all of it is there or being loaded now.</returns>
    public bool ReadAhead(in ObjectRegion region, long position, long end)
    {
        CheckRange(region, position, end - position);
        List<LoadedExtent> extents;
        bool isComplete;
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            if (_isDisposed)
                return false;
            isComplete = _table.PlanReadAhead(region, position, end, out extents, ref evicted);
            _table.EvictToCapacity(ref evicted);
        }

        evicted.Release();
        foreach (var extent in extents)
        {
            Interlocked.Add(ref _readAheadBytes, extent.Length);
            StartLoad(extent, ReadKind.CatchUp);
        }

        return isComplete;
    }

    /// <summary>How many bytes of a region are in memory now; nothing counts as read by it.</summary>
    public long CountBytes(in ObjectRegion region)
    {
        lock (_lock)
        {
            return _table.CountBytes(region);
        }
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

    private static void CheckRange(in ObjectRegion region, long position, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (region.Start < 0 || region.End > region.ObjectLength || position < region.Start || position > region.End - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), $"{length} bytes at {position} are not within {region.Start} to {region.End} of an object of {region.ObjectLength} bytes.");
        }
    }

    private async ValueTask<ObjectBytes> LoadInTurnAsync(ObjectRegion region, long position, int length, bool isExact, CancellationToken cancellationToken)
    {
        await _catchUpLoads.AcquireAsync(length, cancellationToken);
        try
        {
            return await LoadAsync(region, position, length, ReadKind.CatchUp, isExact, cancellationToken);
        }
        finally
        {
            _catchUpLoads.Release(length);
        }
    }

    private ValueTask<ObjectBytes> LoadAsync(in ObjectRegion region, long position, int length, ReadKind kind, bool isExact, CancellationToken cancellationToken)
    {
        List<LoadedExtent> extents;
        var evicted = default(EvictedEntries);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // An insertion may have come since it was looked for.
            if (_table.TryTake(region, position, length) is { } lease)
                return ValueTask.FromResult(lease);
            extents = _table.TakeOrPlanLoads(region, position, length, isExact);
            _table.EvictToCapacity(ref evicted);
        }

        evicted.Release();
        foreach (var extent in extents)
            StartLoad(extent, kind);
        return WaitAsync(extents, position, length, cancellationToken);
    }

    private void StartLoad(LoadedExtent extent, ReadKind kind)
    {
        // The task never fails, and the disposal waits for it.
        if (extent.TryStartLoad())
            _ = LoadAsync(extent, kind);
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
    private async Task LoadAsync(LoadedExtent extent, ReadKind kind)
    {
        Exception? failure = null;
        var isEntered = _loadsInFlight.TryEnter();
        try
        {
            ObjectDisposedException.ThrowIf(!isEntered, this);
            await LoadIntoBufferAsync(extent, kind == ReadKind.Tail ? _tailReads : _catchUpReads);
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

    private async Task LoadIntoBufferAsync(LoadedExtent extent, IObjectStore store)
    {
        Interlocked.Increment(ref _loads);
        var read = await store.ReadAsync(extent.Object.Key, extent.Position, extent.RentBuffer(), _loadsInFlight.Stopping);
        Interlocked.Add(ref _loadedBytes, read);
        if (read != extent.Length)
        {
            throw new CorruptObjectException(
                extent.Object.Key, extent.Position + read, $"The object ends here instead of at {extent.Object.Length}.");
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
