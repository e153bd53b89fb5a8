namespace Kafscale.Storage.ObjectStores;

/// <summary>Keeps the chunks of deleted objects for new ones: as many as are in use, and some.</summary>
internal sealed class MemoryChunkPool
{
    /// <summary>Small enough that what is left over of an object, and has memory of its own, is little.</summary>
    public const int ChunkBytes = 64 * 1024;

    private const int SpareChunks = 1024 * 1024 * 1024 / ChunkBytes;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _idle = new();
    private int _inUse;

    /// <summary>Fills the places with chunks, whose contents are anything.</summary>
    public void Rent(Span<byte[]> places)
    {
        var filled = 0;
        lock (_lock)
        {
            _inUse += places.Length;
            while (filled < places.Length && _idle.TryPop(out var chunk))
                places[filled++] = chunk;
        }

        // Pinned, because they live for long and the collector would move them otherwise, which is a pause.
        foreach (ref var place in places[filled..])
            place = GC.AllocateUninitializedArray<byte>(ChunkBytes, pinned: true);
    }

    /// <summary>Takes chunks back that nobody uses any more.</summary>
    public void Return(ReadOnlySpan<byte[]> chunks)
    {
        lock (_lock)
        {
            _inUse -= chunks.Length;
            var room = Math.Max(0, _inUse + SpareChunks - _idle.Count);
            foreach (var chunk in chunks[..Math.Min(chunks.Length, room)])
                _idle.Push(chunk);
        }
    }
}
