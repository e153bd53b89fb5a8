using System.Diagnostics.Metrics;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Garbage;
using Kafscale.Broker.Partitions;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>What is done about what was written: merging, checkpoints, garbage.</summary>
internal sealed class MaintenanceMetrics
{
    public static MetricSection Section { get; } = new("Merging, checkpoints, garbage");

    private static readonly MetricDefinition BacklogBytes = Section.Gauge(
        "kafscale_merge_backlog_bytes", "By", "Committed bytes of the partitions led here that are in no segment yet.");

    private static readonly MetricDefinition BacklogSlices = Section.Gauge(
        "kafscale_merge_backlog_slices", null, "The slices of WAL objects that these are.");

    private static readonly MetricDefinition BacklogAge = Section.Gauge(
        "kafscale_merge_backlog_age_seconds", "s", "The age of the oldest of these slices; segment.ms bounds it.");

    private static readonly MetricDefinition Merges = Section.Counter("kafscale_merges_total", null, "Segments written and listed.");

    private static readonly MetricDefinition MergedBytes = Section.Counter("kafscale_merged_bytes_total", "By", "Bytes of these.");

    private static readonly MetricDefinition MergeFailures = Section.Counter(
        "kafscale_merge_failures_total", null, "Merges that failed; the next round tries again.");

    private static readonly MetricDefinition CheckpointsWritten = Section.Counter("kafscale_checkpoints_total", null, "Checkpoints written.");

    private static readonly MetricDefinition CheckpointedCommits = Section.Counter("kafscale_checkpointed_commits_total", null, "Commits in these.");

    private static readonly MetricDefinition CheckpointFailures = Section.Counter(
        "kafscale_checkpoint_failures_total", null, "Failed attempts at writing a checkpoint.");

    private static readonly MetricDefinition CheckpointsNamed = Section.Gauge(
        "kafscale_checkpoints_named", null, "Checkpoints that the metadata store names, of all sessions.");

    private static readonly MetricDefinition CommitKeys = Section.Gauge(
        "kafscale_commit_keys", null, "Commits that have a key in the metadata store and are in no checkpoint, of all sessions.");

    private static readonly MetricDefinition CommitKeyBytes = Section.Gauge("kafscale_commit_key_bytes", "By", "Bytes of the values of these keys.");

    private static readonly MetricDefinition WalObjects = Section.Gauge(
        "kafscale_wal_objects", null, "WAL objects that count, of all brokers: those that are merged and not removed yet included.");

    private static readonly MetricDefinition DeletedObjects = Section.Counter(
        "kafscale_garbage_deleted_objects_total", null, "Objects that this broker, as the controller, has deleted as garbage.", "reason");

    private static readonly MetricDefinition DeletedBytes = Section.Counter("kafscale_garbage_deleted_bytes_total", "By", "Bytes of these.", "reason");

    private static readonly MetricDefinition WaitingObjects = Section.Gauge(
        "kafscale_garbage_waiting_objects", null, "WAL objects that are of no use any more and wait for log.segment.delete.delay.ms to pass; on the controller.");

    private static readonly MetricDefinition CollectFailures = Section.Counter(
        "kafscale_garbage_failures_total", null, "Rounds of garbage collection that failed; the next one tries again.");

    private static readonly KeyValuePair<string, object?>[] Reasons = EnumLabels.Of<GarbageReason>("reason");

    private readonly Meter _meter;
    private readonly Counter<long> _merges;
    private readonly Counter<long> _mergedBytes;
    private readonly Counter<long> _mergeFailures;
    private readonly Counter<long> _checkpoints;
    private readonly Counter<long> _checkpointedCommits;
    private readonly Counter<long> _checkpointFailures;
    private readonly Counter<long> _deletedObjects;
    private readonly Counter<long> _deletedBytes;
    private readonly Counter<long> _collectFailures;
    private int _waitingObjects;

    public MaintenanceMetrics(Meter meter)
    {
        _meter = meter;
        _merges = Merges.CreateCounter<long>(meter);
        _mergedBytes = MergedBytes.CreateCounter<long>(meter);
        _mergeFailures = MergeFailures.CreateCounter<long>(meter);
        _checkpoints = CheckpointsWritten.CreateCounter<long>(meter);
        _checkpointedCommits = CheckpointedCommits.CreateCounter<long>(meter);
        _checkpointFailures = CheckpointFailures.CreateCounter<long>(meter);
        _deletedObjects = DeletedObjects.CreateCounter<long>(meter);
        _deletedBytes = DeletedBytes.CreateCounter<long>(meter);
        _collectFailures = CollectFailures.CreateCounter<long>(meter);
        WaitingObjects.Observe(meter, () => (long)Volatile.Read(ref _waitingObjects));
    }

    /// <summary>Publishes what waits to be merged and what the metadata store holds.</summary>
    public void Observe(ClusterState cluster, TimeProvider timeProvider)
    {
        BacklogBytes.Observe(_meter, () => Led(cluster).Sum(log => log.TailBytes));
        BacklogSlices.Observe(_meter, () => Led(cluster).Sum(log => (long)log.TailCount));
        BacklogAge.Observe(_meter, () => AgeOf(Led(cluster).Min(log => log.TailStart?.CreatedAtMs), timeProvider));
        CommitKeys.Observe(_meter, () => cluster.Commits.Keys.Sum(keys => (long)keys.Count));
        CommitKeyBytes.Observe(_meter, () => cluster.Commits.Keys.Sum(keys => keys.Bytes));
        CheckpointsNamed.Observe(_meter, () => cluster.Commits.Checkpoints.Values.Sum(list => (long)list.Record.Checkpoints.Count));
        WalObjects.Observe(_meter, () => (long)cluster.WalObjects.Count);
    }

    public void OnMerged(long bytes)
    {
        _merges.Add(1);
        _mergedBytes.Add(bytes);
    }

    public void OnMergeFailed() => _mergeFailures.Add(1);

    public void OnCheckpointed(int commits)
    {
        _checkpoints.Add(1);
        _checkpointedCommits.Add(commits);
    }

    public void OnCheckpointFailed() => _checkpointFailures.Add(1);

    /// <summary>How many WAL objects wait for the end of their grace period.</summary>
    public void OnGarbageFound(int waiting) => Volatile.Write(ref _waitingObjects, waiting);

    public void OnGarbageDeleted(GarbageReason reason, int objects, long bytes)
    {
        var label = Reasons[(int)reason];
        _deletedObjects.Add(objects, label);
        _deletedBytes.Add(bytes, label);
    }

    public void OnGarbageFailed() => _collectFailures.Add(1);

    private static IEnumerable<PartitionLog> Led(ClusterState cluster) => cluster.Partitions.Where(log => log.Appender is not null);

    private static double AgeOf(long? createdAtMs, TimeProvider timeProvider) => createdAtMs is { } ms
        ? Math.Max(0, (timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(ms)).TotalSeconds)
        : 0;
}
