using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Brings manifests up to the log start: deletes segments that lie below it, and takes them off the manifest when they are gone.
/// Until then the manifest is the list of what is still to be deleted, so that a crash in between leaves nothing behind.
/// </summary>
/// <remarks>
/// Where records were deleted before they were merged, the manifest passes over them and keeps what their slices say of
/// producers and leader epochs. Only then are their WAL objects garbage.
/// </remarks>
internal sealed partial class SegmentRemover(
    ObjectRemover remover,
    ManifestSource manifests,
    ManifestSink sink,
    ManifestExtension extension,
    ObjectKeys objectKeys,
    TimeSpan gracePeriod,
    TimeProvider timeProvider,
    ILogger<SegmentRemover> logger)
{
    // What each partition had below its log start when that was first seen; readers that began before get the grace period to finish.
    private readonly Dictionary<TopicPartition, (long LogStartOffset, long SeenAt)> _seen = [];

    /// <summary>Deletes what has been dead for the grace period. Called by one task at a time.</summary>
    public async Task RemoveAsync(PartitionLog log, int leaderEpoch, CancellationToken cancellationToken)
    {
        if (log.LogStartOffset == 0 || !await HasDeadAsync(log, cancellationToken))
        {
            _seen.Remove(log.Id);
            return;
        }

        if (!_seen.TryGetValue(log.Id, out var seen))
        {
            _seen[log.Id] = (log.LogStartOffset, timeProvider.GetTimestamp());
            return;
        }

        if (timeProvider.GetElapsedTime(seen.SeenAt) < gracePeriod)
        {
            return;
        }

        var manifest = await manifests.ReadAsync(log, cancellationToken);
        var dead = manifest?.Segments.Where(segment => segment.EndOffset <= seen.LogStartOffset).ToList() ?? [];
        var passed = log.Deleted.TakeWhile(slice => slice.EndOffset <= seen.LogStartOffset).ToList();
        if (dead.Count > 0 || passed.Count > 0)
        {
            await DeleteAsync(log, dead, cancellationToken);
            await sink.PublishAsync(log, leaderEpoch, Without(log, manifest, dead.Count, passed), cancellationToken);
            LogRemoved(log.Id, dead.Count, seen.LogStartOffset);
        }

        _seen.Remove(log.Id);
    }

    private async ValueTask<bool> HasDeadAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        if (log.Deleted.Count > 0)
        {
            return true;
        }

        if (log.Record.Record.Segments is { } segments)
        {
            return segments.OldestBytes > 0 && segments.OldestEndOffset <= log.LogStartOffset;
        }

        return await manifests.ReadAsync(log, cancellationToken) is { Segments: [var first, ..] } && first.EndOffset <= log.LogStartOffset;
    }

    private Manifest Without(PartitionLog log, Manifest? manifest, int count, List<TailSlice> passed)
    {
        if (passed.Count > 0)
        {
            // They lie behind every segment, so the log start does, too.
            return extension.Extend(log, manifest, passed) with { Segments = [] };
        }

        return manifest! with
        {
            Version = manifest.Version + 1,
            LogStartOffset = log.LogStartOffset,
            Segments = [.. manifest.Segments.Skip(count)],
        };
    }

    private async Task DeleteAsync(PartitionLog log, List<ManifestSegment> dead, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        foreach (var segment in dead)
        {
            keys.Add(objectKeys.Segment(log.Id.Topic, log.Id.Partition, segment.BaseOffset));
            keys.Add(objectKeys.Index(log.Id.Topic, log.Id.Partition, segment.BaseOffset));
        }

        await remover.RemoveAsync(keys, cancellationToken);
    }

    [LoggerMessage(1501, LogLevel.Information, "Deleted {Count} segments of {Partition} that lay below its log start at offset {LogStartOffset}.")]
    private partial void LogRemoved(TopicPartition partition, int count, long logStartOffset);
}
