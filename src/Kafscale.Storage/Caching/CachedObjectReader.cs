using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Caching;

/// <summary>Reads ranges of immutable objects.</summary>
public sealed class CachedObjectReader(IObjectStore store, CacheOptions options, TimeProvider timeProvider)
{
    public CacheOptions Options => options;

    public TimeProvider TimeProvider => timeProvider;

    public async ValueTask<ObjectBytes> ReadAsync(string key, long objectLength, long position, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await store.ReadAsync(key, position, bytes, cancellationToken);
        return new ObjectBytes(new ReadOnlySequence<byte>(bytes));
    }

    public void Insert(string key, ReadOnlySequence<byte> body, IReferenceCounted owner) => _ = store;

    public void Remove(string key) => _ = store;
}
