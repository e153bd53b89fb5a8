using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Removes WAL objects that never counted: of flushes that failed, and of brokers that stopped between upload and commit.
/// </summary>
/// <remarks>
/// Invariant 1. An object goes only where its session is over, so that it can not be committed any more, and where everything
/// that was committed up to then is known here.
/// </remarks>
internal sealed partial class OrphanRemover(
    BrokerSession session,
    ClusterState cluster,
    MetadataFollower follower,
    MetadataKeys metadataKeys,
    IObjectStore objectStore,
    ObjectKeys objectKeys,
    ILogger<OrphanRemover> logger)
{
    private const int KeysPerDelete = 1_000;

    /// <summary>Lists all WAL objects once, and deletes those that nothing refers to and nothing ever will.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        // Sessions of before this one that are not in the metadata, which was applied up to this one, are over. What they
        // committed came before their end; it is all known once the stream has been applied up to now.
        var live = cluster.Brokers.Values.Select(broker => broker.Session).ToHashSet();
        await follower.CatchUpAsync(cancellationToken);
        var orphans = new List<string>();
        await foreach (var found in objectStore.ListAsync(objectKeys.WalPrefix, null, cancellationToken))
        {
            if (objectKeys.TryParseWal(found.Key, out var writer, out var sequence)
                && writer < session.Number
                && !live.Contains(writer)
                && !cluster.WalObjects.ContainsKey(metadataKeys.Commit(writer, sequence)))
            {
                orphans.Add(found.Key);
            }
        }

        foreach (var some in orphans.Chunk(KeysPerDelete))
        {
            await objectStore.DeleteAsync(some, cancellationToken);
            LogRemoved(some.Length, some[0], some[^1]);
        }
    }

    [LoggerMessage(1711, LogLevel.Information, "Deleted {Count} WAL objects that were never committed, {First} to {Last}.")]
    private partial void LogRemoved(int count, string first, string last);
}
