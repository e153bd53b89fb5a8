using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Broker.StorageTools;

/// <summary>
/// Makes the metadata of a cluster anew from its bucket: <c>kafscale storage rebuild</c>. What was acknowledged is there again, at its
/// offset; producers and groups go on.
/// </summary>
public sealed class StorageRebuild
{
    private readonly IObjectStore _objectStore;
    private readonly IMetadataStore _metadataStore;
    private readonly ObjectKeys _objectKeys;
    private readonly MetadataKeys _metadataKeys;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly RebuildPlanner _planner;
    private readonly List<Operation> _batch = [];
    private long _batchBytes;

    /// <summary>Prepares a rebuild.</summary>
    /// <param name="objectStore">The bucket.</param>
    /// <param name="metadataStore">An empty metadata store.</param>
    /// <param name="options">Where the cluster is in them.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="random">For a new cluster id, should the old one not be found.</param>
    public StorageRebuild(
        IObjectStore objectStore, IMetadataStore metadataStore, StorageToolsOptions options, TimeProvider timeProvider, Random random)
    {
        _objectStore = objectStore;
        _metadataStore = metadataStore;
        _objectKeys = new ObjectKeys(options.Namespace);
        _metadataKeys = new MetadataKeys(options.MetadataRoot);
        _timeProvider = timeProvider;
        _random = random;
        _planner = new RebuildPlanner(objectStore, _objectKeys, options);
    }

    /// <summary>
    /// Whether what an unfinished rebuild has left in the metadata store is removed instead of refused. Metadata with the record of a cluster are
    /// always refused.
    /// </summary>
    public bool DiscardsUnfinished { get; init; }

    /// <summary>Finds out what there is; changes nothing.</summary>
    /// <exception cref="BucketMismatchException">The metadata store is not empty.</exception>
    public async Task<RebuildPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var occupied = DiscardsUnfinished ? KeyRange.Key(_metadataKeys.Cluster) : KeyRange.Prefix(_metadataKeys.Root);
        var found = await _metadataStore.RangeAsync(occupied, 1, 0, cancellationToken);
        if (found.Entries.Count > 0)
        {
            throw new BucketMismatchException(
                $"The metadata store is not empty: it holds {found.Entries[0].Key}. A rebuild writes into an empty one only, so that nothing is mixed. "
                + "Give it another one, or move this one away (also where an earlier rebuild was broken off).");
        }

        return await _planner.PlanAsync(cancellationToken);
    }

    /// <summary>Does what the plan says. The record of the cluster comes last: without it no broker starts on the metadata.</summary>
    /// <exception cref="BucketMismatchException">Somebody else rebuilds the same cluster.</exception>
    public async Task ExecuteAsync(RebuildPlan plan, CancellationToken cancellationToken)
    {
        var clusterId = plan.ClusterId.Length > 0 ? plan.ClusterId : TopicIds.Create(_random).ToString("n");
        var ownership = new BucketOwnership(_metadataStore, _metadataKeys, _objectStore, _objectKeys);
        var mark = new ClusterMark(plan.Incarnation, clusterId);
        if (IsTaken(await ownership.FindNewestMarkAsync(cancellationToken), plan.Incarnation)
            || await ownership.WriteMarkAsync(mark, cancellationToken) != mark)
        {
            throw new BucketMismatchException("Somebody else has rebuilt the metadata of this bucket meanwhile.");
        }

        if (DiscardsUnfinished)
        {
            // Only now: whoever has not got the mark must take nothing away from whoever has.
            _batch.Add(new Operation.Delete(KeyRange.Prefix(_metadataKeys.Root)));
            await CommitBatchAsync(cancellationToken);
        }

        await WriteTopicsAsync(cancellationToken);
        await WriteCommitsAsync(cancellationToken);
        foreach (var entry in _planner.Others)
        {
            await PutAsync(_metadataKeys.Root + entry.Key, entry.Value, cancellationToken);
        }

        var producerIds = new ProducerIdsRecord { NextProducerId = _planner.NextProducerId(plan.Incarnation) };
        await PutAsync(_metadataKeys.NextProducerId, producerIds.ToByteArray(), cancellationToken);
        await CommitBatchAsync(cancellationToken);
        var cluster = new ClusterRecord { ClusterId = clusterId, Incarnation = plan.Incarnation };
        await PutAsync(_metadataKeys.Cluster, cluster.ToByteArray(), cancellationToken);
        await CommitBatchAsync(cancellationToken);

        var snapshot = await new SnapshotSource(_metadataStore, _metadataKeys, _timeProvider).ReadAsync(cancellationToken);
        await _objectStore.PutAsync(
            _objectKeys.Snapshot(snapshot.Incarnation, snapshot.Revision), new(snapshot.ToBytes()), PutCondition.None, cancellationToken);
    }

    private static bool IsTaken(ClusterMark? newest, long incarnation) => newest is not null && newest.Incarnation >= incarnation;

    private async Task WriteTopicsAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, record) in _planner.Topics)
        {
            await PutAsync(_metadataKeys.Topic(name), record.ToByteArray(), cancellationToken);
        }

        foreach (var partition in _planner.Partitions)
        {
            var record = new PartitionRecord
            {
                Leader = PartitionLog.NoLeader,
                LeaderEpoch = partition.LeaderEpoch,
                LogStartOffset = partition.LogStartOffset,
                MergedThroughOffset = partition.MergedThroughOffset,
                ManifestVersion = partition.Manifest?.Version ?? 0,
                Segments = partition.Manifest is { } manifest ? ManifestSink.Summarize(manifest) : null,
            };
            await PutAsync(_metadataKeys.Partition(partition.TopicId, partition.Partition), record.ToByteArray(), cancellationToken);
        }
    }

    private async Task WriteCommitsAsync(CancellationToken cancellationToken)
    {
        foreach (var (walObject, slices) in _planner.Commits)
        {
            var directory = walObject.Directory;
            var commit = CommitRecords.Create(walObject.Length, directory.CreatedAtMs, slices.Select(slice => slice.Entry));
            await PutAsync(_metadataKeys.Commit(directory.Session, directory.Sequence), commit.ToByteArray(), cancellationToken);
        }
    }

    private async Task PutAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        var bytes = (key.Length * sizeof(char)) + value.Length;
        if (_batch.Count == MetadataLimits.OperationsPerTransaction || _batchBytes + bytes > MetadataLimits.TransactionBytes / 2)
        {
            await CommitBatchAsync(cancellationToken);
        }

        _batch.Add(new Operation.Put(key, value));
        _batchBytes += bytes;
    }

    private async Task CommitBatchAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count > 0)
        {
            // The cluster's record comes last: as long as it is missing, nobody else works on the metadata.
            var result = await _metadataStore.CommitAsync(
                new MetadataTransaction { Comparisons = [Comparison.Missing(_metadataKeys.Cluster)], Then = [.. _batch] }, cancellationToken);
            if (!result.Succeeded)
            {
                throw new BucketMismatchException("Somebody else uses the metadata store that was empty before.");
            }

            _batch.Clear();
            _batchBytes = 0;
        }
    }
}
