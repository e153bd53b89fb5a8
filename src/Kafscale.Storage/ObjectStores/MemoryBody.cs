using System.Buffers;
using Kafscale.Storage.Caching;

namespace Kafscale.Storage.ObjectStores;

/// <summary>The bytes of an object in memory: large and then small chunks of pools, which get them back with the last reference, and what is left over.</summary>
internal sealed class MemoryBody : IReferenceCounted
{
    private readonly MemoryChunkPool _largePool;
    private readonly MemoryChunkPool _smallPool;
    private readonly byte[][] _large;
    private readonly byte[][] _small;
    private readonly byte[] _rest;
    private readonly long _largeLength;
    private int _references = 1;

    /// <summary>Copies the bytes, and has one reference.</summary>
    public MemoryBody(MemoryChunkPool largePool, MemoryChunkPool smallPool, ReadOnlySequence<byte> bytes)
    {
        Length = bytes.Length;
        (_largePool, _smallPool) = (largePool, smallPool);
        _large = largePool.Rent(bytes.Length / largePool.ChunkBytes);
        _largeLength = (long)_large.Length * largePool.ChunkBytes;
        _small = smallPool.Rent((bytes.Length - _largeLength) / smallPool.ChunkBytes);
        _rest = GC.AllocateUninitializedArray<byte>((int)((bytes.Length - _largeLength) % smallPool.ChunkBytes));
        foreach (var piece in (byte[][])[.. _large, .. _small, _rest])
        {
            bytes.Slice(0, piece.Length).CopyTo(piece);
            bytes = bytes.Slice(piece.Length);
        }
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
            _smallPool.Return(_small);
        }
    }

    private (byte[] Piece, int Offset) Find(long position)
    {
        if (position < _largeLength)
            return (_large[position / _largePool.ChunkBytes], (int)(position % _largePool.ChunkBytes));

        var (index, offset) = Math.DivRem(position - _largeLength, _smallPool.ChunkBytes);
        return (index < _small.Length ? _small[index] : _rest, (int)offset);
    }
}
