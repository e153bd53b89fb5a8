using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Administration;

/// <summary>Tells where records are in the object store, and how much of it they take.</summary>
internal sealed class StorageInspection(BrokerServices services)
{
    private const string Deleted = "deleted";

    /// <summary>Topics in the order of their names. Nothing is read for it.</summary>
    /// <param name="after">Only those behind this name; empty: all.</param>
    /// <param name="limit">At most so many.</param>
    public TopicStoragePage FindTopics(string after, int limit)
    {
        var topics = services.Cluster.Topics.Where(topic => string.CompareOrdinal(topic.Name, after) > 0)
            .OrderBy(topic => topic.Name, StringComparer.Ordinal).Take(limit + 1).ToList();
        return new TopicStoragePage([.. topics.Take(limit).Select(Describe)], topics.Count > limit ? topics[limit - 1].Name : null);
    }

    /// <summary>A topic with its partitions; null where there is none of that name.</summary>
    public TopicStorageDetails? FindTopic(string name) => services.Cluster.TryGetTopic(name, out var topic)
        ? new TopicStorageDetails(
            Describe(topic), topic.Configuration.SegmentBytes, topic.Configuration.SegmentMs, [.. topic.Partitions.Select(Describe)])
        : null;

    /// <summary>The objects of a partition, by its manifest and the commits behind it; null where there is no such partition.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="fromOffset">Only objects with offsets from here on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<PartitionObjects?> FindObjectsAsync(string name, int partition, long fromOffset, int limit, CancellationToken cancellationToken)
    {
        if (!services.Cluster.TryGetTopic(name, out var topic) || (uint)partition >= (uint)topic.Partitions.Count)
        {
            return null;
        }

        var log = topic.Partitions[partition];

        // Slices first: what is merged meanwhile is in the manifest, and then counts there alone.
        var slices = log.ManifestAndUnmerged.Slices;
        var manifest = await services.Manifests.ReadAsync(log, cancellationToken);
        var logStartOffset = log.LogStartOffset;
        var mergedThrough = manifest?.MergedThroughOffset ?? 0;
        var found = new List<LogObject>();
        foreach (var segment in (manifest?.Segments ?? []).SkipWhile(segment => segment.EndOffset <= fromOffset).Take(limit + 1))
        {
            found.Add(Describe(log, segment, logStartOffset));
        }

        foreach (var slice in slices.Where(slice => slice.EndOffset > Math.Max(fromOffset, mergedThrough)).OrderBy(slice => slice.BaseOffset).Take(limit + 1 - found.Count))
        {
            found.Add(Describe(slice, logStartOffset));
        }

        var appender = log.Appender is { IsLeading: true } leading ? leading : null;
        return new PartitionObjects(
            services.Options.BrokerId,
            appender is not null,
            Describe(log),
            appender is null ? null : Math.Max(0, appender.NextOffset - log.HighWatermark),
            [.. found.Take(limit)],
            found.Count > limit ? found[limit].BaseOffset : null);
    }

    private TopicStorage Describe(Topic topic)
    {
        var (segmentBytes, waitingBytes, waitingSlices) = (0L, 0L, 0);
        var leaders = new int[topic.Partitions.Count];
        var (starts, ends) = (new long[topic.Partitions.Count], new long[topic.Partitions.Count]);
        foreach (var (partition, log) in topic.Partitions.Index())
        {
            var record = log.Record.Record;
            leaders[partition] = services.Cluster.IsLed(record) ? record.Leader : PartitionLog.NoLeader;
            (starts[partition], ends[partition]) = (record.LogStartOffset, log.HighWatermark);
            segmentBytes += record.Segments?.Bytes ?? 0;
            waitingBytes += log.TailBytes;
            waitingSlices += log.TailCount;
        }

        var configuration = topic.Configuration;
        return new TopicStorage(
            topic.Name,
            topic.Partitions.Count,
            segmentBytes,
            waitingBytes,
            waitingSlices,
            configuration.IsDeleted ? configuration.RetentionMs : -1,
            configuration.IsDeleted ? configuration.RetentionBytes : -1,
            configuration.IsCompacted,
            leaders,
            starts,
            ends);
    }

    private PartitionStorage Describe(PartitionLog log)
    {
        var record = log.Record.Record;
        var segments = record.Segments;
        return new PartitionStorage(
            log.Id.Partition,
            services.Cluster.IsLed(record) ? record.Leader : null,
            record.LogStartOffset,
            record.MergedThroughOffset,
            log.HighWatermark,
            segments is null or { Count: 0, Bytes: > 0 } ? (record.ManifestVersion == 0 ? 0 : null) : segments.Count,
            segments?.Bytes ?? 0,
            log.TailBytes,
            log.TailCount,
            log.TailStart is { } oldest ? DateTimeOffset.FromUnixTimeMilliseconds(oldest.CreatedAtMs) : null);
    }

    private LogObject Describe(PartitionLog log, in ManifestSegment segment, long logStartOffset)
    {
        var region = ObjectRegion.Whole(services.ObjectKeys.Segment(log.Id.Topic, log.Id.Partition, segment.BaseOffset), segment.SegmentBytes);
        return new LogObject(
            segment.EndOffset <= logStartOffset ? Deleted : "merged",
            region.Key,
            segment.BaseOffset,
            segment.EndOffset,
            segment.SegmentBytes,
            segment.SegmentBytes,
            DateTimeOffset.FromUnixTimeMilliseconds(segment.CreatedAtMs),
            TimeOf(segment.MaxTimestampMs),
            services.Cache.CountBytes(region));
    }

    private LogObject Describe(TailSlice slice, long logStartOffset) => new(
        slice.EndOffset <= logStartOffset ? Deleted : "waiting",
        slice.WalObject.Key,
        slice.BaseOffset,
        slice.EndOffset,
        slice.BodyLength,
        slice.WalObject.Length,
        DateTimeOffset.FromUnixTimeMilliseconds(slice.CreatedAtMs),
        TimeOf(slice.MaxTimestampMs),
        services.Cache.CountBytes(slice.Region));

    // Clients may write any number into a timestamp.
    private static DateTimeOffset? TimeOf(long timestampMs) =>
        timestampMs >= 0 && timestampMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(timestampMs) : null;
}
