using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Partitions;

/// <summary>Where the batches of a segment are.</summary>
internal static class SegmentRange
{
    public static LogRange Of(ObjectKeys objectKeys, TopicPartition partition, in ManifestSegment segment)
    {
        var key = objectKeys.Segment(partition.Topic, partition.Partition, segment.BaseOffset);
        var region = new ObjectRegion(key, segment.SegmentBytes, SegmentFormat.HeaderLength, segment.SegmentBytes - SegmentFormat.FooterLength);
        return new LogRange(region, SegmentFormat.HeaderLength, segment.BaseOffset, segment.EndOffset, IsMerged: true);
    }

    /// <summary>Whether a range of the segment's partition is in the segment. Its key need not be made for that.</summary>
    public static bool Is(in LogRange range, in ManifestSegment segment) =>
        range.IsMerged && range.BaseOffset == segment.BaseOffset;
}
