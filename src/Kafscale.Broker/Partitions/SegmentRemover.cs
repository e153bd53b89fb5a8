using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Deletes segments that lie below the log start, and takes them off the manifest when they are gone: until then the manifest
/// is the list of what is still to be deleted, so that a crash in between leaves nothing behind.
/// </summary>
internal sealed partial class SegmentRemover(
    ObjectRemover remover,
    ManifestSource manifests,
    ManifestSink sink,
    ObjectKeys objectKeys,
    TimeSpan gracePeriod,
    TimeProvider timeProvider,
    ILogger<SegmentRemover> logger)
{
    // When each partition was first seen with dead segments; readers that began before get this long to finish.
    private readonly Dictionary<TopicPartition, (long EndOffset, long SeenAt)> _seen = [];

    /// <summary>Deletes what has been dead for the grace period. Called by one task at a time.</summary>
    public async Task RemoveAsync(PartitionLog log, int leaderEpoch, CancellationToken cancellationToken)
    {
        var logStartOffset = log.LogStartOffset;
        var record = log.Record.Record;
        if (record.ManifestVersion == 0 || logStartOffset == 0 || record.Segments?.OldestEndOffset > logStartOffset)
        {
            return;
        }

        var manifest = await manifests.ReadAsync(log, cancellationToken);
        var dead = manifest!.Segments.Where(segment => segment.EndOffset <= logStartOffset).ToList();
        if (dead.Count == 0)
        {
            _seen.Remove(log.Id);
            return;
        }

        if (!_seen.TryGetValue(log.Id, out var seen) || seen.EndOffset != dead[^1].EndOffset)
        {
            _seen[log.Id] = (dead[^1].EndOffset, timeProvider.GetTimestamp());
            return;
        }

        if (timeProvider.GetElapsedTime(seen.SeenAt) < gracePeriod)
        {
            return;
        }

        await DeleteAsync(log, dead, cancellationToken);
        await sink.PublishAsync(log, leaderEpoch, Without(manifest, dead.Count, logStartOffset), cancellationToken);
        _seen.Remove(log.Id);
        LogRemoved(log.Id, dead.Count, logStartOffset);
    }

    private static Manifest Without(Manifest manifest, int count, long logStartOffset) => manifest with
    {
        Version = manifest.Version + 1,
        LogStartOffset = logStartOffset,
        Segments = [.. manifest.Segments.Skip(count)],
    };

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

    [LoggerMessage(1501, LogLevel.Information, "Deleted {Count} segments of {Partition}, which now starts at offset {LogStartOffset}.")]
    private partial void LogRemoved(TopicPartition partition, int count, long logStartOffset);
}
