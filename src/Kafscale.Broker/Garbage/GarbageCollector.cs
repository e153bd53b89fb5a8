using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Garbage;

/// <summary>
/// While this session is the controller, removes WAL objects all of whose slices are merged or deleted, their checkpoints, what is left of deleted topics, and what nothing refers to.
/// Objects go before the key that names them: a crash in between leaves a key that leads to the same deletion again.
/// </summary>
internal sealed partial class GarbageCollector(
    BrokerSession session,
    Func<bool> isController,
    ClusterState cluster,
    MetadataFollower follower,
    CheckpointGarbage checkpoints,
    UnreferencedObjects unreferenced,
    DeletedTopics deletedTopics,
    ObjectRemover remover,
    MetadataKeys metadataKeys,
    MaintenanceOptions options,
    TimeProvider timeProvider,
    Random random,
    MaintenanceMetrics metrics,
    ILogger<GarbageCollector> logger)
{
    private const int ObjectsPerRound = 100;

    // When this session became the controller. Before it others, and an earlier session of this broker, may have had deletions on their way.
    private long? _startedAt;

    // When each commit was first seen to be dead.
    private Dictionary<WalObjectId, long> _deadSince = [];

    // Those that are deleted, and are still known because a checkpoint names them.
    private readonly HashSet<WalObjectId> _deleted = [];

    // When something was last deleted of each deleted topic.
    private readonly Dictionary<Guid, long> _removedAt = [];

    /// <summary>Goes round until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var searchedAt = timeProvider.GetTimestamp();
        while (true)
        {
            await Task.Delay(options.GracePeriod / 4, timeProvider, cancellationToken);
            if (!isController())
            {
                continue;
            }

            _startedAt ??= timeProvider.GetTimestamp();
            try
            {
                await CollectAsync(cancellationToken);
                if (timeProvider.GetElapsedTime(searchedAt) >= options.OrphanInterval)
                {
                    searchedAt = timeProvider.GetTimestamp();
                    await CollectUnreferencedAsync(cancellationToken);
                }
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
            {
                metrics.OnGarbageFailed();
                LogFailed(exception);
            }
        }
    }

    // What can not be read may be what says that an object counts: nothing is deleted then.
    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        if (cluster.HasUnreadable)
        {
            return;
        }

        await CollectWalObjectsAsync(cancellationToken);
        await checkpoints.CollectAsync(_deleted.Contains, DeleteAsync, cancellationToken);
        foreach (var (topicId, deletion) in cluster.Deletions)
        {
            var age = timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(deletion.DeletedAtMs);
            if (age >= options.GracePeriod && timeProvider.GetElapsedTime(_startedAt!.Value) >= options.GracePeriod)
            {
                await RemoveTopicAsync(topicId, deletion, cancellationToken);
            }
        }
    }

    private async Task CollectUnreferencedAsync(CancellationToken cancellationToken)
    {
        if (cluster.HasUnreadable)
        {
            return;
        }

        foreach (var leftover in await unreferenced.FindAsync(DeleteAsync, cancellationToken))
        {
            cluster.TryGetTopic(leftover.TopicName, out var topic);
            var (comparison, operation, _) = deletedTopics.Record(leftover, topic, TopicIds.Create(random), timeProvider.GetUtcNow());
            await session.CommitFencedAsync([comparison], [operation], cancellationToken);
            LogLeftover(leftover.TopicName, leftover.FirstPartition, leftover.LastPartition);
        }
    }

    private async Task CollectWalObjectsAsync(CancellationToken cancellationToken)
    {
        _deleted.RemoveWhere(id => !cluster.WalObjects.ContainsKey(id));
        var due = new List<WalObjectReference>();
        var deadSince = new Dictionary<WalObjectId, long>();
        foreach (var (id, walObject) in cluster.WalObjects)
        {
            if (_deleted.Contains(id) || !DeadCommits.IsDead(cluster, walObject))
            {
                continue;
            }

            var since = _deadSince.TryGetValue(id, out var known) ? known : timeProvider.GetTimestamp();
            deadSince.Add(id, since);
            if (timeProvider.GetElapsedTime(since) >= options.GracePeriod)
            {
                due.Add(walObject.Reference);
            }
        }

        _deadSince = deadSince;
        metrics.OnGarbageFound(deadSince.Count);
        foreach (var some in due.Chunk(ObjectsPerRound))
        {
            await DeleteAsync(
                [.. some.Select(dead => new GarbageObject(dead.Key, dead.Length, GarbageReason.MergedOrDeleted))],
                cancellationToken);
            await session.CommitFencedAsync([], [.. some.Select(dead => new Operation.Delete(KeyRange.Key(metadataKeys.Commit(dead.Session, dead.Sequence))))], cancellationToken);
            foreach (var dead in some)
            {
                cluster.ForgetWalObject(dead.Id);
                _deleted.Add(dead.Id);
            }
        }
    }

    // The key stays for a grace period after the last deletion: while it is there no topic of the same name has
    // segments, and a deletion that is late meets none.
    private async Task RemoveTopicAsync(Guid topicId, TopicDeletionRecord deletion, CancellationToken cancellationToken)
    {
        var garbage = new List<GarbageObject>();
        await foreach (var found in deletedTopics.ListAsync(topicId, deletion, cancellationToken))
        {
            garbage.Add(found);
        }

        // Where the key has gone meanwhile, and this broker is late to hear of it, what was found may be the next topic's.
        await follower.CatchUpAsync(cancellationToken);
        if (!cluster.Deletions.ContainsKey(topicId))
        {
            _removedAt.Remove(topicId);
        }
        else if (garbage.Count > 0)
        {
            _removedAt[topicId] = timeProvider.GetTimestamp();
            await DeleteAsync(garbage, cancellationToken);
            _removedAt[topicId] = timeProvider.GetTimestamp();
        }
        else if (!_removedAt.TryGetValue(topicId, out var removedAt) || timeProvider.GetElapsedTime(removedAt) >= options.GracePeriod)
        {
            await session.CommitFencedAsync([], [new Operation.Delete(KeyRange.Key(metadataKeys.Deletion(topicId)))], cancellationToken);
            _removedAt.Remove(topicId);
            LogTopicRemoved(deletion.Name, topicId);
        }
    }

    private async Task DeleteAsync(IReadOnlyList<GarbageObject> garbage, CancellationToken cancellationToken)
    {
        if (!session.IsAlive)
        {
            throw new SessionLostException(session.Number);
        }

        await remover.RemoveAsync(garbage.Select(gone => gone.Key), cancellationToken);
        foreach (var gone in garbage)
        {
            LogDeletedObject(gone.Key, gone.Length, gone.Reason);
        }

        foreach (var group in garbage.GroupBy(gone => gone.Reason))
        {
            metrics.OnGarbageDeleted(group.Key, group.Count(), group.Sum(gone => gone.Length));
            LogDeleted(group.Count(), group.Sum(gone => gone.Length), group.Key, group.First().Key, group.Last().Key);
        }
    }

    [LoggerMessage(1701, LogLevel.Information, "Deleted {Count} objects of {Bytes} bytes ({Reason}), {First} to {Last}.")]
    private partial void LogDeleted(int count, long bytes, GarbageReason reason, string first, string last);

    [LoggerMessage(1704, LogLevel.Debug, "Deleted {Key}, {Bytes} bytes ({Reason}).")]
    private partial void LogDeletedObject(string key, long bytes, GarbageReason reason);

    [LoggerMessage(1702, LogLevel.Information, "Nothing is left of the deleted topic {Topic} ({TopicId}).")]
    private partial void LogTopicRemoved(string topic, Guid topicId);

    [LoggerMessage(1705, LogLevel.Warning, "There are objects of {Topic}, partitions {First} to {Last}, which do not exist: they are removed like those of a deleted topic.")]
    private partial void LogLeftover(string topic, int first, int last);

    [LoggerMessage(1703, LogLevel.Error, "Collecting garbage failed; the next round tries again.")]
    private partial void LogFailed(Exception exception);
}
