using Kafscale.Broker.Cluster;
using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>Decides how far a partition's log start moves by <c>retention.ms</c> and <c>retention.bytes</c>: by whole segments and slices.</summary>
internal sealed class LogRetention(ManifestSource manifests, TimeProvider timeProvider)
{
    /// <summary>The offset that the log may start at; the present one where nothing is to go.</summary>
    public async ValueTask<long> FindLogStartAsync(PartitionLog log, TopicConfiguration topic, CancellationToken cancellationToken)
    {
        var logStartOffset = log.LogStartOffset;
        if (!topic.IsDeleted || (topic.RetentionMs < 0 && topic.RetentionBytes < 0))
        {
            return logStartOffset;
        }

        var oldestKeptMs = topic.RetentionMs < 0
            ? long.MinValue
            : timeProvider.GetUtcNow().ToUnixTimeMilliseconds() - topic.RetentionMs;
        if (log.Record.Record.Segments is { OldestBytes: > 0 } segments
            && segments.OldestEndOffset > logStartOffset
            && segments.OldestTimeMs >= oldestKeptMs
            && (topic.RetentionBytes < 0 || segments.Bytes + log.TailBytes - segments.OldestBytes < topic.RetentionBytes))
        {
            // The oldest segment stays, and with it everything behind it: nobody needs the manifest.
            return logStartOffset;
        }

        var tail = log.Tail;
        var manifest = await manifests.ReadAsync(log, cancellationToken);
        var runs = new List<Run>();
        foreach (var segment in manifest?.Segments ?? [])
        {
            runs.Add(new Run(segment.EndOffset, segment.SegmentBytes, TimeOf(segment)));
        }

        foreach (var slice in tail)
        {
            runs.Add(new Run(slice.EndOffset, slice.BodyLength, TimeOf(slice.MaxTimestampMs, slice.CreatedAtMs)));
        }

        runs.RemoveAll(run => run.EndOffset <= logStartOffset);
        var bytes = runs.Sum(run => run.Bytes);
        foreach (var run in runs)
        {
            var isTooOld = run.TimeMs < oldestKeptMs;
            var isTooMuch = topic.RetentionBytes >= 0 && bytes - run.Bytes >= topic.RetentionBytes;
            if (!isTooOld && !isTooMuch)
            {
                break;
            }

            logStartOffset = run.EndOffset;
            bytes -= run.Bytes;
        }

        return logStartOffset;
    }

    /// <summary>The time from which a segment ages, in Unix milliseconds.</summary>
    public static long TimeOf(in ManifestSegment segment) => TimeOf(segment.MaxTimestampMs, segment.CreatedAtMs);

    // Records without a timestamp age from when they were stored.
    private static long TimeOf(long maxTimestampMs, long createdAtMs) => maxTimestampMs >= 0 ? maxTimestampMs : createdAtMs;

    private readonly record struct Run(long EndOffset, long Bytes, long TimeMs);
}
