using Kafscale.Broker.Cluster;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>Decides which partitions are merged when, and merges neighbours together, because together they take fewer reads.</summary>
internal sealed partial class MergeScheduler(
    ClusterState cluster, SegmentMerger merger, MaintenanceOptions options, MaintenanceMetrics metrics, TimeProvider timeProvider, ILogger<MergeScheduler> logger)
{
    // Bounds what a trickle of records costs in metadata: every unmerged slice keeps its commit key.
    private const int MaxTailSlices = 10_000;

    // Each is a few requests that wait for one another.
    private const int MergesAtATime = 16;

    /// <summary>Merges one segment of each partition that is due.</summary>
    /// <returns>Whether one of them got further, and is due still.</returns>
    public async Task<bool> MergeDueAsync(IReadOnlyCollection<PartitionAppender> appenders, CancellationToken cancellationToken)
    {
        var isMoreDue = false;
        foreach (var group in GroupByBytes(FindDue(appenders)))
        {
            var merged = await MergeAsync(group, cancellationToken);
            isMoreDue |= merged.Exists(candidate => IsDue(candidate, TailSizeOf(candidate.Appender.Log)));
        }

        return isMoreDue;
    }

    private static (long Bytes, int Count) TailSizeOf(PartitionLog log) => (log.TailBytes, log.TailCount);

    private static bool IsDue(Candidate candidate, (long Bytes, int Count) tail) =>
        tail.Bytes >= candidate.Topic.Configuration.SegmentBytes || tail.Count >= MaxTailSlices;

    // In the order in which they lie in WAL objects.
    private List<Candidate> FindDue(IReadOnlyCollection<PartitionAppender> appenders)
    {
        var nowMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var due = new List<Candidate>();
        var aging = new List<Candidate>();
        var isAnyTooOld = false;
        foreach (var appender in appenders)
        {
            // Segments of a deleted topic of the same name would be in the way; they are removed first.
            if (appender.Log.TailStart is not { } oldest
                || !cluster.TryGetTopic(appender.Log.Id.TopicId, out var topic)
                || cluster.HasDeletion(topic.Name))
            {
                continue;
            }

            var candidate = new Candidate(appender, topic);
            var ageMs = nowMs - oldest.CreatedAtMs;
            if (ageMs >= topic.Configuration.SegmentMs)
            {
                isAnyTooOld = true;
                due.Add(candidate);
            }
            else if (IsDue(candidate, TailSizeOf(appender.Log)))
            {
                due.Add(candidate);
            }
            else if (ageMs >= topic.Configuration.SegmentMs / 2)
            {
                aging.Add(candidate);
            }
        }

        if (isAnyTooOld)
        {
            // So that all come to be merged at the same time: what lies between two that are due is then of use too.
            due.AddRange(aging);
        }

        due.Sort(static (one, other) => TopicPartition.CompareInWal(one.Appender.Log.Id, other.Appender.Log.Id));
        return due;
    }

    private IEnumerable<List<Candidate>> GroupByBytes(List<Candidate> due)
    {
        var group = new List<Candidate>();
        var bytes = 0L;
        foreach (var candidate in due)
        {
            var size = Math.Min(candidate.Appender.Log.TailBytes, candidate.Topic.Configuration.SegmentBytes);
            if (group.Count > 0 && bytes + size > options.MergeBytes)
            {
                yield return group;
                group = [];
                bytes = 0;
            }

            group.Add(candidate);
            bytes += size;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    // Returns those that are merged further than before.
    private async Task<List<Candidate>> MergeAsync(List<Candidate> group, CancellationToken cancellationToken)
    {
        var selected = group.ConvertAll(candidate => SegmentMerger.Select(candidate.Appender.Log, candidate.Topic.Configuration.SegmentBytes));
        var input = group.Count > 1 ? await TryReadAsync(selected, cancellationToken) : null;
        try
        {
            var merged = new List<Candidate>();
            foreach (var some in group.Zip(selected).Chunk(MergesAtATime))
            {
                var outcomes = await Task.WhenAll(some.Select(one => TryMergeAsync(one.First, one.Second, input, cancellationToken)));
                merged.AddRange(some.Zip(outcomes).Where(one => one.Second).Select(one => one.First.First));
            }

            return merged;
        }
        finally
        {
            input?.Dispose();
        }
    }

    // Null where it fails: one partition's trouble must not keep the others from being merged, so each reads for itself then.
    private async Task<MergeInput?> TryReadAsync(List<List<TailSlice>> selected, CancellationToken cancellationToken)
    {
        try
        {
            return await merger.ReadAsync(selected.SelectMany(slices => slices), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogReadFailed(exception, selected.Count);
            return null;
        }
    }

    private async Task<bool> TryMergeAsync(Candidate candidate, List<TailSlice> slices, MergeInput? input, CancellationToken cancellationToken)
    {
        var log = candidate.Appender.Log;
        try
        {
            if (input is not null)
            {
                return await merger.MergeAsync(log, candidate.Appender.LeaderEpoch, slices, input, cancellationToken);
            }

            using var own = await merger.ReadAsync(slices, cancellationToken);
            return await merger.MergeAsync(log, candidate.Appender.LeaderEpoch, slices, own, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
        {
            metrics.OnMergeFailed();
            LogFailed(exception, log.Id);
            return false;
        }
    }

    private sealed record Candidate(PartitionAppender Appender, Topic Topic);

    [LoggerMessage(1611, LogLevel.Warning, "Reading what is to be merged of {Partitions} partitions failed; each is read for itself now.")]
    private partial void LogReadFailed(Exception exception, int partitions);

    [LoggerMessage(1612, LogLevel.Error, "Merging {Partition} failed; the next round tries again.")]
    private partial void LogFailed(Exception exception, TopicPartition partition);
}
