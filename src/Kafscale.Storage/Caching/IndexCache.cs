using System.Buffers;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Caching;

/// <summary>
/// The L2 cache: parsed indexes of segments. Bounded, the least recently used goes first; one load per index however many ask.
/// Thread-safe.
/// </summary>
/// <param name="store">Where the indexes come from.</param>
/// <param name="capacityBytes">The most bytes that all parsed indexes together take.</param>
public sealed class IndexCache(IObjectStore store, long capacityBytes) : IAsyncDisposable
{
    /// <summary>The longest index: that of a 2 GiB segment with an entry for each of its smallest batches.</summary>
    private const long MaxIndexBytes = 512L * 1024 * 1024;

    private readonly ParsedObjectCache<SparseIndex> _indexes = new(capacityBytes, index => index.MemoryBytes);

    /// <summary>Bytes of the parsed indexes in the cache.</summary>
    public long Bytes => _indexes.Bytes;

    /// <summary>What it holds at most.</summary>
    public long LimitBytes => capacityBytes;

    /// <summary>Requests that the cache answered.</summary>
    public long Hits => _indexes.Hits;

    /// <summary>Requests that had to wait for a load.</summary>
    public long Misses => _indexes.Misses;

    /// <summary>Indexes that had to go to make room.</summary>
    public long Evictions => _indexes.Evictions;

    /// <summary>The index of a segment, from memory or from the store.</summary>
    /// <param name="key">The index's key.</param>
    /// <param name="indexLength">Its size in bytes, as the manifest has it.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="ObjectNotFoundException">There is no such index.</exception>
    /// <exception cref="CorruptObjectException">The object is not a valid index of that length.</exception>
    public ValueTask<SparseIndex> GetAsync(string key, long indexLength, CancellationToken cancellationToken)
    {
        if (indexLength is < 1 or > MaxIndexBytes)
            throw new ArgumentOutOfRangeException(nameof(indexLength), indexLength, "This is not the length of an index.");
        return _indexes.GetAsync(key, (int)indexLength, LoadAndParseAsync, cancellationToken);
    }

    /// <summary>Forgets the index of a deleted segment.</summary>
    public void Remove(string key) => _indexes.Remove(key);

    /// <summary>Forgets all indexes whose keys begin with <paramref name="prefix"/>, because others may get these keys.</summary>
    public void RemoveUnder(string prefix) => _indexes.RemoveUnder(prefix);

    /// <summary>Ends the loads and empties the cache.</summary>
    public ValueTask DisposeAsync() => _indexes.DisposeAsync();

    private async ValueTask<SparseIndex> LoadAndParseAsync(string key, int indexLength, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(indexLength);
        try
        {
            var read = await store.ReadAsync(key, offset: 0, buffer.AsMemory(0, indexLength), cancellationToken);
            return read == indexLength
                ? SparseIndex.Parse(key, new ReadOnlySequence<byte>(buffer, 0, indexLength))
                : throw new CorruptObjectException(key, read, $"The index ends here instead of at {indexLength}.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
