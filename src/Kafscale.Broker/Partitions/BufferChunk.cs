using Kafscale.Storage.Caching;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// A piece of append memory, filled from front to back. It goes back to its pool when the last of its holders
/// (the buffer that fills it, batches waiting for their flush, cache entries) has released it.
/// </summary>
internal sealed class BufferChunk : IReferenceCounted
{
    private readonly BufferChunkPool _pool;
    private int _references;

    public BufferChunk(BufferChunkPool pool, byte[] bytes)
    {
        _pool = pool;
        Bytes = bytes;
    }

    public byte[] Bytes { get; }

    /// <summary>How many bytes are given out; guarded by the append buffer's lock.</summary>
    public int Used { get; set; }

    public int Free => Bytes.Length - Used;

    /// <summary>Takes the chunk into use with one reference.</summary>
    public void Open()
    {
        Used = 0;
        _references = 1;
    }

    public void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("A buffer chunk was retained after its last release.");
        }
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            _pool.Return(this);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A buffer chunk was released more often than retained.");
        }
    }
}
