using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Garbage;

/// <summary>
/// Lets checkpoints go all of whose WAL objects are deleted: marks the entry as retired, so that nobody who starts reads the object
/// any more; after the grace period deletes the object, and then the entry.
/// </summary>
/// <remarks>An object goes before what names it, as everywhere: a crash in between leads to the same deletion again.</remarks>
internal sealed partial class CheckpointGarbage(
    BrokerSession session,
    ClusterState cluster,
    MetadataFollower follower,
    MetadataKeys metadataKeys,
    ObjectKeys objectKeys,
    TimeSpan gracePeriod,
    TimeProvider timeProvider,
    ILogger<CheckpointGarbage> logger)
{
    // When each was first seen to be retired.
    private Dictionary<(long Writer, long Version), long> _retiredSince = [];

    /// <summary>Goes through all lists once.</summary>
    /// <param name="isDeleted">Whether a WAL object, by its commit key, is known to be deleted.</param>
    /// <param name="delete">Deletes objects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task CollectAsync(
        Func<WalObjectId, bool> isDeleted, Func<IReadOnlyList<GarbageObject>, CancellationToken, Task> delete, CancellationToken cancellationToken)
    {
        var sessions = KnownSessions.Look(cluster, follower);
        var retiredSince = new Dictionary<(long Writer, long Version), long>();
        foreach (var (owner, list) in cluster.Commits.Checkpoints)
        {
            var gone = new List<CheckpointRecord>();
            foreach (var checkpoint in list.Record.Checkpoints.Where(checkpoint => checkpoint.IsRetired))
            {
                var id = (checkpoint.Writer, checkpoint.Version);
                var since = _retiredSince.TryGetValue(id, out var known) ? known : timeProvider.GetTimestamp();
                retiredSince.Add(id, since);
                if (timeProvider.GetElapsedTime(since) >= gracePeriod)
                {
                    gone.Add(checkpoint);
                }
            }

            var retired = list.Live.Where(checkpoint => IsDead(owner, checkpoint, isDeleted)).ToList();
            if (gone.Count > 0)
            {
                await delete(
                    [.. gone.Select(one => new GarbageObject(objectKeys.Checkpoint(one.Writer, one.Version), one.Bytes, GarbageReason.Retired))],
                    cancellationToken);
            }

            if (gone.Count > 0 || retired.Count > 0 || (list.Record.Checkpoints.Count == 0 && sessions.IsOver(owner)))
            {
                await ChangeAsync(owner, list, gone, retired, sessions.IsOver(owner), cancellationToken);
            }
        }

        _retiredSince = retiredSince;
    }

    /// <summary>What a list becomes; <see langword="null"/> where nothing is left that it must say.</summary>
    public static CheckpointsRecord? Without(
        CheckpointsRecord list, IReadOnlyCollection<CheckpointRecord> gone, IReadOnlyCollection<CheckpointRecord> retired, bool isSessionOver)
    {
        var next = new CheckpointsRecord { ThroughSequence = list.ThroughSequence };
        foreach (var checkpoint in list.Checkpoints.Except(gone))
        {
            next.Checkpoints.Add(retired.Contains(checkpoint) ? new CheckpointRecord(checkpoint) { IsRetired = true } : checkpoint);
        }

        // A session that is alive must go on to know how far it has rolled its commits up.
        return next.Checkpoints.Count == 0 && isSessionOver ? null : next;
    }

    private bool IsDead(long owner, CheckpointRecord checkpoint, Func<WalObjectId, bool> isDeleted) =>
        SessionCheckpoints.SequencesOf(checkpoint).Select(sequence => new WalObjectId(owner, sequence)).All(
            id => !cluster.WalObjects.ContainsKey(id) || isDeleted(id));

    private async Task ChangeAsync(
        long owner,
        SessionCheckpoints list,
        List<CheckpointRecord> gone,
        List<CheckpointRecord> retired,
        bool isSessionOver,
        CancellationToken cancellationToken)
    {
        var key = metadataKeys.CheckpointsOf(owner);
        var next = Without(list.Record, gone, retired, isSessionOver);

        // Where somebody has changed the list meanwhile, the stream brings that, and the next round goes on from there.
        var result = await session.CommitFencedAsync(
            [Comparison.ModRevision(key, list.Revision)],
            [next is null ? new Operation.Delete(KeyRange.Key(key)) : new Operation.Put(key, next.ToByteArray())],
            cancellationToken);
        if (result is not null)
        {
            LogChanged(owner, retired.Count, gone.Count, next?.Checkpoints.Count ?? 0);
        }
    }

    [LoggerMessage(1706, LogLevel.Information, "Of the checkpoints of session {Session}, {Retired} are of no use any more and {Gone} are deleted; {Left} are in the list.")]
    private partial void LogChanged(long session, int retired, int gone, int left);
}
