using System.Buffers;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Caching;

/// <summary>A lease on bytes in the cache: they stay as they are until it is disposed, exactly once.</summary>
public sealed class ObjectBytes : IDisposable
{
    private readonly ReadOnlySequence<byte> _bytes;
    private readonly CacheEntry? _entry;
    private readonly List<LoadedExtent>? _entries;
    private int _disposed;

    /// <summary>Takes over one reference to the entry.</summary>
    internal ObjectBytes(CacheEntry? entry, in ReadOnlySequence<byte> bytes)
    {
        _entry = entry;
        _bytes = bytes;
    }

    /// <summary>Takes over one reference to each of the extents, which lie one behind the other and have the whole range.</summary>
    internal ObjectBytes(List<LoadedExtent> extents, long position, int length)
    {
        _entries = extents;
        var bytes = new SequenceBuilder();
        var end = position + length;
        foreach (var extent in extents)
        {
            var sliceEnd = Math.Min(end, extent.EndPosition);
            bytes.Append(extent.Slice(position, (int)(sliceEnd - position)));
            position = sliceEnd;
        }

        _bytes = bytes.ToSequence();
    }

    /// <summary>The bytes that were asked for.</summary>
    /// <exception cref="ObjectDisposedException">The lease is over; the memory may hold something else by now.</exception>
    public ReadOnlySequence<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return _bytes;
        }
    }

    /// <summary>Whether they lie where they were written: this broker has written them lately.</summary>
    public bool IsFreshlyWritten => _entry is InsertedObject;

    /// <summary>Ends the lease.</summary>
    /// <exception cref="InvalidOperationException">It was over already: two owners believe that the bytes are theirs.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            throw new InvalidOperationException("A lease on cached bytes was disposed twice.");
        _entry?.Release();
        _entries?.ForEach(static entry => entry.Release());
    }
}
