using System.Buffers;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Caching;

/// <summary>Reads indexes.</summary>
public sealed class IndexCache(IObjectStore store, long capacityBytes)
{
    public long CapacityBytes => capacityBytes;

    public async ValueTask<SparseIndex> ReadAsync(string key, long length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await store.ReadAsync(key, 0, bytes, cancellationToken);
        return SparseIndex.Parse(key, new ReadOnlySequence<byte>(bytes));
    }
}
