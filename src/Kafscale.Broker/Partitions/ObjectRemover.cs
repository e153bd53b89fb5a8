using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Deletes objects and forgets them in the caches, whether or not the deletion is known to have happened: a key of a deleted topic
/// may come to hold another object.
/// </summary>
internal sealed class ObjectRemover(IObjectStore objectStore, CachedObjectReader objects, IndexCache indexes)
{
    private const int KeysPerDelete = 1_000;

    public async Task RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        foreach (var some in keys.Chunk(KeysPerDelete))
        {
            try
            {
                await objectStore.DeleteAsync(some, cancellationToken);
            }
            finally
            {
                foreach (var key in some)
                {
                    objects.Remove(key);
                    indexes.Remove(key);
                }
            }
        }
    }
}
