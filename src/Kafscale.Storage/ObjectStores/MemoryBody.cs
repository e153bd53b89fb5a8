using System.Buffers;
using Kafscale.Storage.Caching;

namespace Kafscale.Storage.ObjectStores;

/// <summary>The bytes of an object in memory: large and then small chunks of pools, which get them back with the last reference.</summary>
/// <remarks>What is smaller than a small chunk has an array of its own: there are many such objects, and little to copy when the collector moves them.</remarks>
internal sealed class MemoryBody : IReferenceCounted
{
    private readonly MemoryChunkPool _largePool;
    private readonly MemoryChunkPool _smallPool;
    private readonly byte[][] _large;
    private readonly byte[][] _small;
    private readonly bool _isTiny;
    private readonly long _largeLength;
    private int _references = 1;

    /// <summary>Copies the bytes, and has one reference.</summary>
    public MemoryBody(MemoryChunkPool largePool, MemoryChunkPool smallPool, ReadOnlySequence<byte> bytes)
    {
        Length = bytes.Length;
        (_largePool, _smallPool) = (largePool, smallPool);
        _large = largePool.Rent(bytes.Length / largePool.ChunkBytes);
        _largeLength = (long)_large.Length * largePool.ChunkBytes;
        _isTiny = bytes.Length < smallPool.ChunkBytes;
        _small = _isTiny
            ? [GC.AllocateUninitializedArray<byte>((int)bytes.Length)]
            : smallPool.Rent((bytes.Length - _largeLength + smallPool.ChunkBytes - 1) / smallPool.ChunkBytes);
        Fill(_large, ref bytes);
        Fill(_small, ref bytes);
    }

    public long Length { get; }

    /// <summary>Copies bytes from a position on, as many as there are and have room.</summary>
    /// <returns>How many.</returns>
    public int CopyTo(long position, Span<byte> destination)
    {
        var length = (int)Math.Clamp(Length - position, 0, destination.Length);
        for (var copied = 0; copied < length;)
        {
            var (piece, offset) = Find(position + copied);
            var count = Math.Min(piece.Length - offset, length - copied);
            piece.AsSpan(offset, count).CopyTo(destination[copied..]);
            copied += count;
        }

        return length;
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _largePool.Return(_large);
            if (!_isTiny)
                _smallPool.Return(_small);
        }
    }

    private static void Fill(byte[][] chunks, ref ReadOnlySequence<byte> bytes)
    {
        foreach (var chunk in chunks)
        {
            var part = bytes.Slice(0, Math.Min(chunk.Length, bytes.Length));
            part.CopyTo(chunk);
            bytes = bytes.Slice(part.Length);
        }
    }

    private (byte[] Piece, int Offset) Find(long position)
    {
        if (position < _largeLength)
            return (_large[position / _largePool.ChunkBytes], (int)(position % _largePool.ChunkBytes));

        var (index, offset) = Math.DivRem(position - _largeLength, _smallPool.ChunkBytes);
        return (_small[index], (int)offset);
    }
}
