using System.Buffers;
using Google.Protobuf;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Broker.Recovery;

/// <summary>
/// Sees to it that a bucket's namespace and a metadata store belong to each other before a broker writes anything. An empty or
/// old metadata store would give out session numbers again, under which other WAL objects exist, and take what it does
/// not know for garbage.
/// </summary>
internal sealed class BucketOwnership(IMetadataStore metadataStore, MetadataKeys metadataKeys, IObjectStore objectStore, ObjectKeys objectKeys)
{
    private const string WayOut =
        "If the metadata are lost, 'kafscale storage rebuild' makes them anew from the bucket; if this is to be another cluster, give it a bucket or a namespace of its own.";

    /// <summary>Makes a new cluster where both are empty, else checks that they belong together.</summary>
    /// <param name="newClusterId">The id that a new cluster gets.</param>
    /// <param name="mayWrite">Whether this broker writes to the bucket, and so marks it; a broker that only reads leaves it as it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BucketMismatchException">They do not.</exception>
    public async Task EnsureAsync(string newClusterId, bool mayWrite, CancellationToken cancellationToken)
    {
        var mark = await FindNewestMarkAsync(cancellationToken);
        var cluster = await FindClusterAsync(cancellationToken);
        if (cluster is null)
        {
            await CheckIsEmptyAsync(mark, cancellationToken);
            cluster = await CreateClusterAsync(newClusterId, cancellationToken);
        }

        if (mark is null && mayWrite)
        {
            mark = await WriteMarkAsync(new ClusterMark(cluster.Incarnation, cluster.ClusterId), cancellationToken);
        }

        if (mark is not null)
        {
            Check(mark, cluster);
        }

        await CheckAgeAsync(cluster.Incarnation, cancellationToken);
    }

    private void Check(ClusterMark mark, ClusterRecord cluster)
    {
        if (mark != new ClusterMark(cluster.Incarnation, cluster.ClusterId))
        {
            throw new BucketMismatchException(
                $"The namespace '{objectKeys.Prefix}' of the bucket belongs to incarnation {mark.Incarnation} of the cluster {mark.ClusterId}, "
                + $"but the metadata store to incarnation {cluster.Incarnation} of {cluster.ClusterId}. {WayOut}");
        }
    }

    /// <summary>Checks that there is a cluster and that both belong to it; changes nothing.</summary>
    /// <exception cref="BucketMismatchException">There is none, or they do not.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var mark = await FindNewestMarkAsync(cancellationToken);
        var cluster = await FindClusterAsync(cancellationToken)
            ?? throw new BucketMismatchException($"The metadata store knows of no cluster. {WayOut}");
        if (mark is not null)
        {
            Check(mark, cluster);
        }

        await CheckAgeAsync(cluster.Incarnation, cancellationToken);
    }

    /// <summary>The mark of the newest incarnation, or <see langword="null"/>.</summary>
    /// <exception cref="CorruptObjectException">It can not be read.</exception>
    public async Task<ClusterMark?> FindNewestMarkAsync(CancellationToken cancellationToken)
    {
        ObjectProperties? newest = null;
        await foreach (var found in objectStore.ListAsync(objectKeys.MarkPrefix, null, cancellationToken))
        {
            newest = objectKeys.TryParseMark(found.Key, out _) ? found : newest;
        }

        return newest is { } mark
            ? ClusterMark.Read(mark.Key, await WholeObject.ReadAsync(objectStore, mark.Key, mark.Length, cancellationToken))
            : null;
    }

    /// <summary>Takes an incarnation for a cluster.</summary>
    /// <returns>What is there afterwards: of several who take the same incarnation, one gets it.</returns>
    public async Task<ClusterMark> WriteMarkAsync(ClusterMark mark, CancellationToken cancellationToken)
    {
        var key = objectKeys.Mark(mark.Incarnation);
        try
        {
            await objectStore.PutAsync(key, new ReadOnlySequence<byte>(mark.ToBytes()), PutCondition.IfNoneMatch, cancellationToken);
            return mark;
        }
        catch (ObjectAlreadyExistsException)
        {
            return ClusterMark.Read(key, await WholeObject.ReadAsync(objectStore, key, cancellationToken));
        }
    }

    private async Task CheckIsEmptyAsync(ClusterMark? mark, CancellationToken cancellationToken)
    {
        if (mark is not null)
        {
            throw new BucketMismatchException(
                $"The namespace '{objectKeys.Prefix}' of the bucket holds the records of the cluster {mark.ClusterId}, of which the metadata store knows nothing. {WayOut}");
        }

        await foreach (var found in objectStore.ListAsync(objectKeys.Prefix + "/", null, cancellationToken))
        {
            if (objectKeys.TryParseWal(found.Key, out _, out _)
                || objectKeys.TryParseManifest(found.Key, out _, out _, out _)
                || objectKeys.TryParseOfPartition(found.Key, out _, out _, out _))
            {
                throw new BucketMismatchException(
                    $"The namespace '{objectKeys.Prefix}' of the bucket holds records, such as {found.Key}, of which the metadata store knows nothing. {WayOut}");
            }
        }
    }

    // A copy of the metadata from some time ago counts its revisions, and so its sessions, over again.
    private async Task CheckAgeAsync(long incarnation, CancellationToken cancellationToken)
    {
        var session = SessionNumbers.Of(incarnation, await ReadRevisionAsync(cancellationToken));
        await foreach (var found in objectStore.ListAsync(objectKeys.WalPrefix, objectKeys.WalSessionPrefix(session), cancellationToken))
        {
            var now = SessionNumbers.Of(incarnation, await ReadRevisionAsync(cancellationToken));
            if (objectKeys.TryParseWal(found.Key, out var writer, out _) && writer > now)
            {
                throw new BucketMismatchException(
                    $"The bucket holds {found.Key}, but the metadata store has not come so far: it is an old copy. "
                    + "Put the newest one back, or make the metadata anew with 'kafscale storage rebuild'.");
            }

            break;
        }
    }

    private async Task<long> ReadRevisionAsync(CancellationToken cancellationToken) =>
        (await metadataStore.RangeAsync(KeyRange.Key(metadataKeys.Cluster), 1, 0, cancellationToken)).Revision;

    private async Task<ClusterRecord?> FindClusterAsync(CancellationToken cancellationToken)
    {
        var found = await metadataStore.RangeAsync(KeyRange.Key(metadataKeys.Cluster), 1, 0, cancellationToken);
        return found.Entries.Count == 0 ? null : ClusterRecord.Parser.ParseFrom(found.Entries[0].Value.Span);
    }

    private async Task<ClusterRecord> CreateClusterAsync(string clusterId, CancellationToken cancellationToken)
    {
        await metadataStore.CommitAsync(
            new MetadataTransaction
            {
                Comparisons = [Comparison.Missing(metadataKeys.Cluster)],
                Then = [new Operation.Put(metadataKeys.Cluster, new ClusterRecord { ClusterId = clusterId }.ToByteArray())],
            },
            cancellationToken);
        return (await FindClusterAsync(cancellationToken))!;
    }
}
