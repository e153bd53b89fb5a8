using System.Buffers;
using System.Numerics;

namespace Kafscale.Storage.Caching;

/// <summary>A stretch of an object that comes from the store by one range read into one pooled buffer.</summary>
internal sealed class LoadedExtent : CacheEntry
{
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ArrayPool<byte> _pool;
    private byte[]? _buffer;
    private int _isLoadStarted;

    public LoadedExtent(CachedObject cachedObject, ArrayPool<byte> pool, long position, int length)
        : base(cachedObject, PooledBytesOf(length))
    {
        _pool = pool;
        Position = position;
        Length = length;
    }

    /// <summary>The memory that an extent of a length takes: what an array pool takes for it.</summary>
    public static long PooledBytesOf(long length) => BitOperations.RoundUpToPowerOf2((uint)length);

    /// <summary>Where in the object the extent begins.</summary>
    public long Position { get; }

    public int Length { get; }

    public long EndPosition => Position + Length;

    /// <summary>Whether the bytes are there. Guarded by the cache's lock.</summary>
    public bool IsLoaded { get; set; }

    /// <summary>Whether it was read ahead and its reader has not come to its end yet. Guarded by the cache's lock.</summary>
    public bool IsAhead { get; set; }

    /// <summary>Whether somebody has asked for what was read ahead; guarded by the cache's lock.</summary>
    public bool IsUsed { get; set; }

    /// <summary>When the load ended; guarded by the cache's lock.</summary>
    public long LoadedAt { get; set; }

    /// <summary>Completes when the bytes are there, or fails as the load failed.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>True for exactly one of those who wait: that one loads.</summary>
    public bool TryStartLoad() => Interlocked.Exchange(ref _isLoadStarted, 1) == 0;

    /// <summary>The buffer to load into; only the load itself calls this.</summary>
    public Memory<byte> RentBuffer()
    {
        _buffer = _pool.Rent(Length);
        return _buffer.AsMemory(0, Length);
    }

    /// <summary>Lets the waiters go on.</summary>
    public void Complete(Exception? failure)
    {
        if (failure is null)
        {
            _loaded.SetResult();
            return;
        }

        _loaded.SetException(failure);

        // Every waiter may have been cancelled; then nobody else looks at the failure.
        _ = _loaded.Task.Exception;
    }

    public override ReadOnlySequence<byte> Slice(long position, int length) => new(_buffer!, (int)(position - Position), length);

    protected override void FreeMemory()
    {
        if (_buffer is { } buffer)
            _pool.Return(buffer);
        _buffer = null;
    }
}
