namespace Kafscale.Broker.Partitions;

/// <summary>Keeps chunks of append memory for reuse, so that steady load allocates nothing.</summary>
/// <param name="chunkBytes">The size of a chunk.</param>
/// <param name="maxPooledChunks">How many idle chunks are kept; further ones are left to the garbage collector.</param>
internal sealed class BufferChunkPool(int chunkBytes, int maxPooledChunks)
{
    private readonly Lock _lock = new();
    private readonly Stack<BufferChunk> _idle = [];
    private int _inUse;

    public int ChunkBytes => chunkBytes;

    /// <summary>Chunks that somebody still holds; 0 when everything was released.</summary>
    public int InUse => Volatile.Read(ref _inUse);

    /// <summary>A chunk with one reference; larger than usual where <paramref name="minimumBytes"/> asks for it.</summary>
    public BufferChunk Rent(int minimumBytes)
    {
        Interlocked.Increment(ref _inUse);
        BufferChunk? chunk = null;
        if (minimumBytes <= chunkBytes)
        {
            lock (_lock)
            {
                _idle.TryPop(out chunk);
            }
        }

        chunk ??= new BufferChunk(this, GC.AllocateUninitializedArray<byte>(Math.Max(chunkBytes, minimumBytes)));
        chunk.Open();
        return chunk;
    }

    public void Return(BufferChunk chunk)
    {
        Interlocked.Decrement(ref _inUse);
        if (chunk.Bytes.Length != chunkBytes)
        {
            return;
        }

        lock (_lock)
        {
            if (_idle.Count < maxPooledChunks)
            {
                _idle.Push(chunk);
            }
        }
    }
}
