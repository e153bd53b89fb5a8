using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Removes WAL objects all of whose slices are merged or deleted, and what is left of deleted topics. Objects go before the key
/// that names them: a crash in between leaves a key that leads to the same deletion again, never an object that nobody knows.
/// </summary>
internal sealed partial class GarbageCollector(
    BrokerSession session,
    OrphanRemover orphans,
    ClusterState cluster,
    MetadataKeys metadataKeys,
    IObjectStore objectStore,
    ObjectRemover remover,
    ObjectKeys objectKeys,
    MaintenanceOptions options,
    TimeProvider timeProvider,
    ILogger<GarbageCollector> logger)
{
    private const int ObjectsPerRound = 100;

    // When each commit was first seen to be dead.
    private readonly Dictionary<string, long> _deadSince = [];

    /// <summary>Goes round until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var searchedAt = timeProvider.GetTimestamp();
        while (true)
        {
            await Task.Delay(options.GracePeriod / 4, timeProvider, cancellationToken);
            try
            {
                await CollectAsync(cancellationToken);
                if (!cluster.HasUnreadable && timeProvider.GetElapsedTime(searchedAt) >= options.OrphanInterval)
                {
                    searchedAt = timeProvider.GetTimestamp();
                    await orphans.RemoveAsync(cancellationToken);
                }
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
            {
                LogFailed(exception);
            }
        }
    }

    /// <summary>One round.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        if (cluster.HasUnreadable)
        {
            // What can not be read may be what says that an object counts.
            return;
        }

        await CollectWalObjectsAsync(cancellationToken);
        foreach (var (topicId, deletion) in cluster.Deletions)
        {
            var age = timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(deletion.DeletedAtMs);
            if (age >= options.GracePeriod)
            {
                await RemoveTopicAsync(topicId, deletion, cancellationToken);
            }
        }
    }

    private async Task CollectWalObjectsAsync(CancellationToken cancellationToken)
    {
        var due = new List<(string CommitKey, CommittedWalObject WalObject)>();
        foreach (var (commitKey, walObject) in cluster.WalObjects)
        {
            if (!IsDead(walObject.Commit))
            {
                _deadSince.Remove(commitKey);
            }
            else if (!_deadSince.TryGetValue(commitKey, out var deadSince))
            {
                _deadSince.Add(commitKey, timeProvider.GetTimestamp());
            }
            else if (timeProvider.GetElapsedTime(deadSince) >= options.GracePeriod)
            {
                due.Add((commitKey, walObject));
            }
        }

        foreach (var some in due.Chunk(ObjectsPerRound))
        {
            await remover.RemoveAsync(some.Select(dead => dead.WalObject.Reference.Key), cancellationToken);
            await session.CommitFencedAsync([], [.. some.Select(dead => new Operation.Delete(KeyRange.Key(dead.CommitKey)))], cancellationToken);
            foreach (var (commitKey, _) in some)
            {
                cluster.ForgetWalObject(commitKey);
                _deadSince.Remove(commitKey);
            }

            LogCollected(some.Length, some[0].WalObject.Reference.Key, some[^1].WalObject.Reference.Key);
        }
    }

    private bool IsDead(CommitRecord commit)
    {
        foreach (var topic in commit.Topics)
        {
            var topicId = TopicIds.FromBytes(topic.TopicId);
            foreach (var slice in topic.Slices)
            {
                if (cluster.TryGetPartition(topicId, slice.Partition, out var log)
                    && slice.EndOffset > Math.Max(log.MergedThroughOffset, log.LogStartOffset))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // While the deletion is recorded nothing is merged for a new topic of the same name, so all segments are the old one's.
    private async Task RemoveTopicAsync(Guid topicId, TopicDeletionRecord deletion, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var partition = 0; partition < deletion.PartitionCount; partition++)
        {
            removed += await RemoveAllAsync(objectKeys.PartitionPrefix(deletion.Name, partition), cancellationToken);
            removed += await RemoveAllAsync(objectKeys.ManifestPrefix(topicId, partition), cancellationToken);
        }

        await session.CommitFencedAsync([], [new Operation.Delete(KeyRange.Key(metadataKeys.Deletion(topicId)))], cancellationToken);
        LogTopicRemoved(deletion.Name, topicId, removed);
    }

    private async Task<int> RemoveAllAsync(string prefix, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var found in objectStore.ListAsync(prefix, null, cancellationToken))
        {
            keys.Add(found.Key);
        }

        await remover.RemoveAsync(keys, cancellationToken);
        return keys.Count;
    }

    [LoggerMessage(1701, LogLevel.Information, "Deleted {Count} WAL objects that are merged or deleted, {First} to {Last}.")]
    private partial void LogCollected(int count, string first, string last);

    [LoggerMessage(1702, LogLevel.Information, "Removed the deleted topic {Topic} ({TopicId}): {Count} objects.")]
    private partial void LogTopicRemoved(string topic, Guid topicId, int count);

    [LoggerMessage(1703, LogLevel.Error, "Collecting garbage failed; the next round tries again.")]
    private partial void LogFailed(Exception exception);
}
