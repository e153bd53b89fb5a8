using System.Buffers;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Caching;

/// <summary>
/// Parsed manifests by their keys, which name the version. Bounded, the least recently used goes first; one load per manifest
/// however many ask. Thread-safe.
/// </summary>
public sealed class ManifestCache : IAsyncDisposable
{
    // Enough for a thousand segments: nearly every manifest is read by one request, though nobody has noted its length.
    private const int FirstReadBytes = 64 * 1024;

    private readonly IObjectStore _store;
    private readonly ParsedObjectCache<Manifest> _manifests;
    private readonly Func<string, int, CancellationToken, ValueTask<Manifest>> _load;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="store">Where the manifests come from.</param>
    /// <param name="capacityBytes">The most bytes that all parsed manifests together take.</param>
    public ManifestCache(IObjectStore store, long capacityBytes)
    {
        _store = store;
        _manifests = new ParsedObjectCache<Manifest>(capacityBytes, manifest => manifest.MemoryBytes);
        _load = LoadAndParseAsync;
        LimitBytes = capacityBytes;
    }

    /// <summary>Bytes of the parsed manifests in the cache.</summary>
    public long Bytes => _manifests.Bytes;

    /// <summary>What it holds at most.</summary>
    public long LimitBytes { get; }

    /// <summary>Requests that the cache answered.</summary>
    public long Hits => _manifests.Hits;

    /// <summary>Requests that had to wait for a load.</summary>
    public long Misses => _manifests.Misses;

    /// <summary>Manifests that had to go to make room.</summary>
    public long Evictions => _manifests.Evictions;

    /// <summary>A manifest, from memory or from the store.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="ObjectNotFoundException">There is no such manifest.</exception>
    /// <exception cref="CorruptObjectException">The object is not a valid manifest.</exception>
    public ValueTask<Manifest> GetAsync(string key, CancellationToken cancellationToken) =>
        _manifests.GetAsync(key, FirstReadBytes, _load, cancellationToken);

    /// <summary>Keeps a manifest that was just written.</summary>
    public void Insert(string key, Manifest manifest) => _manifests.Insert(key, manifest);

    /// <summary>Forgets a deleted manifest.</summary>
    public void Remove(string key) => _manifests.Remove(key);

    /// <summary>Ends the loads and empties the cache.</summary>
    public ValueTask DisposeAsync() => _manifests.DisposeAsync();

    private async ValueTask<Manifest> LoadAndParseAsync(string key, int firstReadBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(firstReadBytes);
        try
        {
            var length = 0;
            while (true)
            {
                length += await _store.ReadAsync(key, length, buffer.AsMemory(length), cancellationToken);
                if (length < buffer.Length)
                    return ManifestReader.Read(key, new ReadOnlySequence<byte>(buffer, 0, length));
                buffer = Grow(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked(full.Length * 2));
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
