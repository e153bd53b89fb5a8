using Google.Protobuf;
using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Garbage;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.StorageTools;

/// <summary>
/// Collects garbage once, by the rules of the brokers, which do the same all the time: <c>kafscale storage gc</c>. It may run beside
/// brokers; what their readers may still hold is left to them then.
/// </summary>
public sealed class GarbageRun : IAsyncDisposable
{
    private const long ManifestBytes = 64L * 1024 * 1024;
    private const int KeysPerDelete = 1_000;
    private const int CommitsPerTransaction = 100;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly IObjectStore _objectStore;
    private readonly IMetadataStore _metadataStore;
    private readonly ObjectKeys _objectKeys;
    private readonly MetadataKeys _metadataKeys;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly bool _isDryRun;
    private readonly Action<GarbageFound> _report;
    private readonly BucketOwnership _ownership;
    private readonly ClusterState _cluster;
    private readonly MetadataFollower _follower;
    private readonly ManifestCache _manifests;
    private readonly UnreferencedObjects _unreferenced;
    private readonly DeletedTopics _deletedTopics;

    /// <summary>Prepares a run.</summary>
    /// <param name="objectStore">The bucket.</param>
    /// <param name="metadataStore">The metadata that say what counts.</param>
    /// <param name="options">Where the cluster is in them.</param>
    /// <param name="isDryRun">Reports, and deletes nothing.</param>
    /// <param name="report">Is told of every object before it is deleted.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="random">For ids.</param>
    /// <param name="loggerFactory">Takes what is unusual.</param>
    public GarbageRun(
        IObjectStore objectStore,
        IMetadataStore metadataStore,
        StorageToolsOptions options,
        bool isDryRun,
        Action<GarbageFound> report,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory)
    {
        _objectStore = objectStore;
        _metadataStore = metadataStore;
        _timeProvider = timeProvider;
        _random = random;
        _isDryRun = isDryRun;
        _report = report;
        var objectKeys = new ObjectKeys(options.Namespace);
        var metadataKeys = new MetadataKeys(options.MetadataRoot);
        _objectKeys = objectKeys;
        _metadataKeys = metadataKeys;
        _ownership = new BucketOwnership(metadataStore, metadataKeys, objectStore, objectKeys);
        _cluster = new ClusterState(metadataKeys, objectKeys, new TopicConfiguration(), loggerFactory.CreateLogger<ClusterState>());
        var checkpoints = new CheckpointReader(
            objectStore, objectKeys, new RetryBackoff(FirstRetry, LongestRetry, timeProvider, random), loggerFactory.CreateLogger<CheckpointReader>());
        _follower = new MetadataFollower(metadataStore, metadataKeys, new CheckpointLoader(_cluster, checkpoints, metadataKeys), timeProvider);
        _manifests = new ManifestCache(objectStore, ManifestBytes);
        _unreferenced = new UnreferencedObjects(
            _cluster,
            _follower,
            new ManifestSource(_manifests, objectKeys),
            objectStore,
            objectKeys,
            options.GracePeriod,
            options.MinimumAge,
            timeProvider,
            loggerFactory.CreateLogger<UnreferencedObjects>());
        _deletedTopics = new DeletedTopics(objectStore, objectKeys, metadataKeys);
    }

    /// <summary>Goes through everything once.</summary>
    /// <param name="cancellationToken">Gives up; what was deleted is deleted.</param>
    /// <returns>Whether brokers were running, to which a part was left.</returns>
    /// <exception cref="BucketMismatchException">Metadata and bucket do not belong together.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await _ownership.CheckAsync(cancellationToken);
        await _follower.LoadAsync(cancellationToken);
        if (_cluster.HasUnreadable)
        {
            throw new InvalidOperationException("Some metadata values can not be read: what they refer to is not known, so nothing is garbage.");
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = _follower.FollowAsync(ending.Token);
        try
        {
            return await CollectAsync(cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAny(following);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _manifests.DisposeAsync();

    private async Task<bool> CollectAsync(CancellationToken cancellationToken)
    {
        var areBrokersLive = _cluster.Brokers.Count > 0;
        if (!areBrokersLive)
        {
            // Nobody reads, so what the metadata refer to for the last time can go at once.
            await CollectWalObjectsAsync(cancellationToken);
            await CollectCheckpointsAsync(cancellationToken);
            await CollectDeletedTopicsAsync(cancellationToken);
        }

        foreach (var leftover in await _unreferenced.FindAsync(TakeAsync, cancellationToken))
        {
            await CollectLeftoverAsync(leftover, areBrokersLive, cancellationToken);
        }

        return areBrokersLive;
    }

    private async Task CollectWalObjectsAsync(CancellationToken cancellationToken)
    {
        foreach (var some in _cluster.WalObjects.Values.Where(found => DeadCommits.IsDead(_cluster, found)).Select(found => found.Reference).Chunk(CommitsPerTransaction))
        {
            var garbage = new List<GarbageObject>();
            foreach (var dead in some)
            {
                // A checkpoint goes on to name what is deleted already, as long as it names something else that is needed.
                if (!_cluster.Commits.IsInCheckpoint(dead) || await _objectStore.HeadAsync(dead.Key, cancellationToken) is not null)
                {
                    garbage.Add(new GarbageObject(dead.Key, dead.Length, GarbageReason.MergedOrDeleted));
                }
            }

            await TakeAsync(garbage, cancellationToken);
            if (!_isDryRun)
            {
                await _metadataStore.CommitAsync(
                    new MetadataTransaction { Then = [.. some.Select(dead => new Operation.Delete(KeyRange.Key(_metadataKeys.Commit(dead.Session, dead.Sequence))))] }, cancellationToken);
            }
        }
    }

    // The entry goes first: a broker that starts meanwhile reads what is in the list. Where it ends here, the object is one that nothing names.
    private async Task CollectCheckpointsAsync(CancellationToken cancellationToken)
    {
        foreach (var (session, list) in _cluster.Commits.Checkpoints)
        {
            var gone = list.Record.Checkpoints.Where(checkpoint => checkpoint.IsRetired || IsDead(session, checkpoint)).ToList();
            if (!_isDryRun && !await TryRemoveAsync(session, list, gone, cancellationToken))
            {
                continue;
            }

            await TakeAsync(
                [.. gone.Select(one => new GarbageObject(_objectKeys.Checkpoint(one.Writer, one.Version), one.Bytes, GarbageReason.Retired))],
                cancellationToken);
        }
    }

    private bool IsDead(long session, CheckpointRecord checkpoint) =>
        SessionCheckpoints.SequencesOf(checkpoint).All(sequence =>
            !_cluster.WalObjects.TryGetValue(new WalObjectId(session, sequence), out var walObject) || DeadCommits.IsDead(_cluster, walObject));

    private async Task<bool> TryRemoveAsync(
        long session, SessionCheckpoints list, List<CheckpointRecord> gone, CancellationToken cancellationToken)
    {
        var key = _metadataKeys.CheckpointsOf(session);
        var next = CheckpointGarbage.Without(list.Record, gone, [], isSessionOver: true);
        if (next?.Equals(list.Record) ?? false)
        {
            return true;
        }

        var result = await _metadataStore.CommitAsync(
            new MetadataTransaction
            {
                Comparisons = [Comparison.ModRevision(key, list.Revision)],
                Then = [next is null ? new Operation.Delete(KeyRange.Key(key)) : new Operation.Put(key, next.ToByteArray())],
            },
            cancellationToken);
        return result.Succeeded;
    }

    // The record stays, so that the next broker finds nothing left and only then gives the name free.
    private async Task CollectDeletedTopicsAsync(CancellationToken cancellationToken)
    {
        foreach (var (topicId, deletion) in _cluster.Deletions)
        {
            await TakeAllAsync(_deletedTopics.ListAsync(topicId, deletion, cancellationToken), cancellationToken);
        }
    }

    private async Task CollectLeftoverAsync(LeftoverPartitions leftover, bool areBrokersLive, CancellationToken cancellationToken)
    {
        _cluster.TryGetTopic(leftover.TopicName, out var topic);
        var deletionId = TopicIds.Create(_random);
        var (comparison, operation, record) = _deletedTopics.Record(leftover, topic, deletionId, _timeProvider.GetUtcNow());
        if (!_isDryRun)
        {
            var result = await _metadataStore.CommitAsync(
                new MetadataTransaction { Comparisons = [comparison], Then = [operation] }, cancellationToken);
            if (!result.Succeeded || areBrokersLive)
            {
                // Either somebody has made such a topic meanwhile, or the brokers do the rest.
                return;
            }
        }

        await TakeAllAsync(_deletedTopics.ListAsync(deletionId, record, cancellationToken), cancellationToken);
    }

    private async Task TakeAllAsync(IAsyncEnumerable<GarbageObject> garbage, CancellationToken cancellationToken)
    {
        var all = new List<GarbageObject>();
        await foreach (var found in garbage.WithCancellation(cancellationToken))
        {
            all.Add(found);
        }

        await TakeAsync(all, isOfNames: true, cancellationToken);
    }

    private async Task<bool> IsBrokerLiveAsync(CancellationToken cancellationToken)
    {
        await _follower.CatchUpAsync(cancellationToken);
        return _cluster.Brokers.Count > 0;
    }

    private Task TakeAsync(IReadOnlyList<GarbageObject> garbage, CancellationToken cancellationToken) =>
        TakeAsync(garbage, isOfNames: false, cancellationToken);

    private async Task TakeAsync(IReadOnlyList<GarbageObject> garbage, bool isOfNames, CancellationToken cancellationToken)
    {
        foreach (var some in garbage.Chunk(KeysPerDelete))
        {
            if (isOfNames && !_isDryRun && await IsBrokerLiveAsync(cancellationToken))
            {
                // It will give the names free, and then the same keys may hold something else.
                return;
            }

            foreach (var found in some)
            {
                _report(new GarbageFound(found.Key, found.Length, Describe(found.Reason)));
            }

            if (!_isDryRun)
            {
                await _objectStore.DeleteAsync([.. some.Select(found => found.Key)], cancellationToken);
            }
        }
    }

    private static string Describe(GarbageReason reason) => reason switch
    {
        GarbageReason.MergedOrDeleted => "merged into segments, or deleted",
        GarbageReason.NeverCommitted => "never committed",
        GarbageReason.Unlisted => "in no manifest",
        GarbageReason.Outdated => "outdated manifest",
        GarbageReason.Retired => "checkpoint of what is merged or deleted",
        GarbageReason.NotNamed => "checkpoint that nothing names",
        GarbageReason.TopicDeleted => "of a deleted topic",
        GarbageReason.NoSuchPartition => "of no topic or partition",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
