using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Garbage;

/// <summary>
/// Finds, by listing, objects that nothing refers to and nothing ever will: what crashes and sessions that ended have left.
/// </summary>
/// <remarks>
/// Invariant 1. Whether an object is garbage is decided by metadata that were read after it was listed, and only by what can
/// not change any more: a session that is over commits nothing, merged-through offsets and manifest versions grow, topic ids are
/// not used again. So it needs no fence, and brokers may go on meanwhile. The one thing that can come again is a topic's
/// name: segments are passed over that were decided about too long ago (see docs/storage.md).
/// </remarks>
internal sealed partial class UnreferencedObjects(
    ClusterState cluster,
    MetadataFollower follower,
    ManifestSource manifests,
    IObjectStore objectStore,
    ObjectKeys objectKeys,
    TimeSpan gracePeriod,
    TimeSpan minimumAge,
    TimeProvider timeProvider,
    ILogger<UnreferencedObjects> logger)
{
    private const int ObjectsPerDecision = 1_000;

    /// <summary>Lists everything once.</summary>
    /// <param name="take">Is given garbage, at most 1,000 objects at a time, and deletes it or not.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Where there is something under the names of topics or partitions that do not exist; see <see cref="DeletedTopics.Record"/>.</returns>
    public async Task<IReadOnlyList<LeftoverPartitions>> FindAsync(
        Func<IReadOnlyList<GarbageObject>, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        var leftovers = new Dictionary<string, LeftoverPartitions>(StringComparer.Ordinal);
        var suspects = new List<ObjectProperties>();
        var sessions = KnownSessions.Look(cluster, follower);
        var newest = timeProvider.GetUtcNow() - minimumAge;
        await foreach (var found in objectStore.ListAsync(objectKeys.Prefix + "/", null, cancellationToken))
        {
            if (found.LastModified <= newest && await FindReasonAsync(found.Key, sessions, cancellationToken) is not null)
            {
                suspects.Add(found);
            }

            if (suspects.Count == ObjectsPerDecision)
            {
                await DecideAsync(suspects, leftovers, take, cancellationToken);
                suspects.Clear();
            }
        }

        await DecideAsync(suspects, leftovers, take, cancellationToken);
        return [.. leftovers.Values];
    }

    private async Task DecideAsync(
        List<ObjectProperties> suspects,
        Dictionary<string, LeftoverPartitions> leftovers,
        Func<IReadOnlyList<GarbageObject>, CancellationToken, Task> take,
        CancellationToken cancellationToken)
    {
        if (suspects.Count == 0)
        {
            return;
        }

        // Sessions first, then whatever those that are over have committed.
        await follower.CatchUpAsync(cancellationToken);
        var sessions = KnownSessions.Look(cluster, follower);
        var decidedAt = timeProvider.GetTimestamp();
        await follower.CatchUpAsync(cancellationToken);
        var garbage = new List<GarbageObject>();
        foreach (var suspect in suspects)
        {
            var reason = await FindReasonAsync(suspect.Key, sessions, cancellationToken);
            if (reason == GarbageReason.NoSuchPartition && objectKeys.TryParseOfPartition(suspect.Key, out var topicName, out var partition, out _))
            {
                Note(topicName, partition, leftovers);
            }
            else if (reason is { } known)
            {
                garbage.Add(new GarbageObject(suspect.Key, suspect.Length, known));
            }
        }

        // Before a topic of the same name can have segments, the grace period passes: by then these deletions have arrived.
        if (timeProvider.GetElapsedTime(decidedAt) > gracePeriod / 2)
        {
            garbage.RemoveAll(decided => decided.Reason == GarbageReason.Unlisted);
        }

        if (garbage.Count > 0)
        {
            await take(garbage, cancellationToken);
        }
    }

    private async ValueTask<GarbageReason?> FindReasonAsync(string key, KnownSessions sessions, CancellationToken cancellationToken)
    {
        if (objectKeys.TryParseWal(key, out var session, out var sequence))
        {
            return sessions.IsOver(session) && !cluster.WalObjects.ContainsKey(new WalObjectId(session, sequence))
                ? GarbageReason.NeverCommitted
                : null;
        }

        if (objectKeys.TryParseManifest(key, out var topicId, out var manifestPartition, out var version))
        {
            return IsOutdated(topicId, manifestPartition, version, sessions) ? GarbageReason.Outdated : null;
        }

        if (objectKeys.TryParseOfPartition(key, out var topicName, out var partition, out var baseOffset))
        {
            return await FindReasonOfSegmentAsync(topicName, partition, baseOffset, cancellationToken);
        }

        if (objectKeys.TryParseCheckpoint(key, out var writer, out var checkpointVersion))
        {
            // As long as its writer's session is alive, it may be about to be named.
            return sessions.IsOver(writer) && !cluster.Commits.IsNamed(writer, checkpointVersion) ? GarbageReason.NotNamed : null;
        }

        // Whatever else there is, is not known to be ours.
        return null;
    }

    private bool IsOutdated(Guid topicId, int partition, long version, KnownSessions sessions)
    {
        if (!cluster.TryGetPartition(topicId, partition, out var log))
        {
            // A deleted topic's are removed with its segments.
            return !cluster.TryGetTopic(topicId, out _) && !cluster.Deletions.ContainsKey(topicId);
        }

        // A greater version may be about to become the current one, but only by the leader in whose epoch it was written.
        var record = log.Record.Record;
        return version < record.ManifestVersion
            || (version > record.ManifestVersion
                && (ManifestSink.EpochOf(version) < record.LeaderEpoch || sessions.IsOver(record.LeaderSession)));
    }

    private async ValueTask<GarbageReason?> FindReasonOfSegmentAsync(
        string topicName, int partition, long baseOffset, CancellationToken cancellationToken)
    {
        if (cluster.HasDeletion(topicName))
        {
            return null;
        }

        if (!cluster.TryGetPartition(topicName, partition, out var log))
        {
            return GarbageReason.NoSuchPartition;
        }

        // In this order: what a merge in between lists lies behind the offset that was read before.
        if (baseOffset >= log.NextSegmentOffset)
        {
            return null;
        }

        try
        {
            var manifest = await manifests.ReadAsync(log, cancellationToken);
            return manifest?.FindSegment(baseOffset)?.BaseOffset == baseOffset ? null : GarbageReason.Unlisted;
        }
        catch (Exception exception) when (exception is CorruptObjectException or ObjectNotFoundException or NotSupportedException)
        {
            LogWithoutManifest(exception, log.Id);
            return null;
        }
    }

    private static void Note(string topicName, int partition, Dictionary<string, LeftoverPartitions> leftovers)
    {
        leftovers[topicName] = leftovers.TryGetValue(topicName, out var known)
            ? new LeftoverPartitions(topicName, Math.Min(known.FirstPartition, partition), Math.Max(known.LastPartition, partition))
            : new LeftoverPartitions(topicName, partition, partition);
    }

    [LoggerMessage(1711, LogLevel.Error, "The manifest of {Partition} can not be read: none of its segments is taken for garbage.")]
    private partial void LogWithoutManifest(Exception exception, TopicPartition partition);
}
