using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients.Parsing;

namespace Kafscale.Clients.Records;

/// <summary>Finds out which offsets of partitions are meant.</summary>
internal sealed class RangePlanner(TopicCatalog topics)
{
    private const long NoOffset = -1;

    /// <summary>What there is to read; partitions of which nothing is are left out.</summary>
    /// <param name="partitions">Each once.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="to">Where to end; null: at the end as it is now, or never.</param>
    /// <param name="last">As many of the last records of each partition, instead of <paramref name="from"/>.</param>
    /// <param name="isFollowing">Whether what comes later is read, too; the end is that of now nevertheless where there is a <paramref name="last"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<PartitionRange>> PlanAsync(
        IReadOnlyCollection<TopicPartition> partitions, LogPosition from, LogPosition? to, long? last, bool isFollowing, CancellationToken cancellationToken)
    {
        var earliest = await topics.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        var latest = await topics.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var starts = await FindAsync(partitions, from, earliest, latest, cancellationToken);
        var ends = to is null ? latest : await FindAsync(partitions, to, earliest, latest, cancellationToken);
        var ranges = new List<PartitionRange>();
        foreach (var partition in partitions)
        {
            var start = last is { } count ? Math.Max(earliest[partition], ends[partition] - count) : starts[partition];
            if (isFollowing || start < ends[partition])
            {
                ranges.Add(new PartitionRange(partition, start, isFollowing && to is null && last is null ? null : ends[partition]));
            }
        }

        return ranges;
    }

    private async Task<Dictionary<TopicPartition, long>> FindAsync(
        IReadOnlyCollection<TopicPartition> partitions,
        LogPosition position,
        Dictionary<TopicPartition, long> earliest,
        Dictionary<TopicPartition, long> latest,
        CancellationToken cancellationToken)
    {
        switch (position)
        {
            case LogPosition.Beginning:
                return earliest;
            case LogPosition.AtOffset(var offset):
                return partitions.ToDictionary(partition => partition, partition => Math.Clamp(offset, earliest[partition], latest[partition]));
            case LogPosition.AtTime(var time):
                var found = await topics.FindOffsetsAsync(partitions, OffsetSpec.ForTimestamp(time.ToUnixTimeMilliseconds()), cancellationToken);
                return partitions.ToDictionary(partition => partition, partition => found[partition] == NoOffset ? latest[partition] : found[partition]);
            default:
                return latest;
        }
    }
}
