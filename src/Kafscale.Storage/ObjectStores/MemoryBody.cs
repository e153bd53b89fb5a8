using System.Buffers;
using Kafscale.Storage.Caching;

namespace Kafscale.Storage.ObjectStores;

/// <summary>The bytes of an object in memory: chunks of a pool, which get them back with the last reference, and what is left over.</summary>
internal sealed class MemoryBody : IReferenceCounted
{
    private readonly MemoryChunkPool _pool;
    private readonly byte[][] _chunks;
    private readonly byte[] _rest;
    private int _references = 1;

    /// <summary>Copies the bytes, and has one reference.</summary>
    public MemoryBody(MemoryChunkPool pool, ReadOnlySequence<byte> bytes)
    {
        Length = bytes.Length;
        _pool = pool;
        _chunks = new byte[Length / MemoryChunkPool.ChunkBytes][];
        _rest = GC.AllocateUninitializedArray<byte>((int)(Length % MemoryChunkPool.ChunkBytes));
        pool.Rent(_chunks);
        foreach (var chunk in _chunks)
        {
            bytes.Slice(0, chunk.Length).CopyTo(chunk);
            bytes = bytes.Slice(chunk.Length);
        }

        bytes.CopyTo(_rest);
    }

    public long Length { get; }

    /// <summary>Copies bytes from a position on, as many as there are and have room.</summary>
    /// <returns>How many.</returns>
    public int CopyTo(long position, Span<byte> destination)
    {
        var length = (int)Math.Clamp(Length - position, 0, destination.Length);
        for (var copied = 0; copied < length;)
        {
            var (chunk, offset) = Math.DivRem(position + copied, MemoryChunkPool.ChunkBytes);
            var piece = chunk < _chunks.Length ? _chunks[chunk] : _rest;
            var count = Math.Min(piece.Length - (int)offset, length - copied);
            piece.AsSpan((int)offset, count).CopyTo(destination[copied..]);
            copied += count;
        }

        return length;
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            _pool.Return(_chunks);
    }
}
