namespace Kafscale.Storage.ObjectStores;

/// <summary>Keeps the chunks of deleted objects for new ones: as many as are in use, and some.</summary>
/// <param name="chunkBytes">How large each is.</param>
/// <param name="spareBytes">How much is kept where little is in use.</param>
internal sealed class MemoryChunkPool(int chunkBytes, int spareBytes)
{
    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _idle = new();
    private int _inUse;

    public int ChunkBytes => chunkBytes;

    /// <summary>Chunks whose contents are anything.</summary>
    public byte[][] Rent(long count)
    {
        if (count == 0)
            return [];

        var chunks = new byte[count][];
        var filled = 0;
        lock (_lock)
        {
            _inUse += chunks.Length;
            while (filled < chunks.Length && _idle.TryPop(out var chunk))
                chunks[filled++] = chunk;
        }

        // Pinned, because they live for long and the collector would move them otherwise, which is a pause.
        foreach (ref var place in chunks.AsSpan(filled))
            place = GC.AllocateUninitializedArray<byte>(chunkBytes, pinned: true);
        return chunks;
    }

    /// <summary>Takes chunks back that nobody uses any more.</summary>
    public void Return(ReadOnlySpan<byte[]> chunks)
    {
        lock (_lock)
        {
            _inUse -= chunks.Length;
            var room = Math.Max(0, _inUse + (spareBytes / chunkBytes) - _idle.Count);
            foreach (var chunk in chunks[..Math.Min(chunks.Length, room)])
                _idle.Push(chunk);
        }
    }
}
