using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients.Groups;

/// <summary>Where the offsets of a group are to be set to.</summary>
internal abstract record OffsetReset
{
    private const long NoOffset = -1;

    private OffsetReset()
    {
    }

    /// <summary>To where each partition is to be set, within what the partition has.</summary>
    /// <param name="topics">Knows the partitions.</param>
    /// <param name="committed">What is committed now.</param>
    /// <param name="partitions">Those that are to be set.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Dictionary<TopicPartition, long>> PlanAsync(
        TopicCatalog topics,
        IReadOnlyDictionary<TopicPartition, long> committed,
        IReadOnlyCollection<TopicPartition> partitions,
        CancellationToken cancellationToken)
    {
        var earliest = await topics.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        var latest = await topics.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var byTime = this is ToTime { Timestamp: var timestamp }
            ? await topics.FindOffsetsAsync(partitions, OffsetSpec.ForTimestamp(timestamp.ToUnixTimeMilliseconds()), cancellationToken)
            : [];
        return partitions.ToDictionary(partition => partition, partition =>
        {
            var wanted = this switch
            {
                ToEarliest => earliest[partition],
                ToOffset(var offset) => offset,
                Shift(var by) => (committed.TryGetValue(partition, out var current) ? current : earliest[partition]) + by,
                ToTime when byTime[partition] != NoOffset => byTime[partition],
                ToCurrent when committed.TryGetValue(partition, out var current) => current,

                // No record is as young as that, or nothing is committed.
                _ => latest[partition],
            };
            return Math.Clamp(wanted, earliest[partition], latest[partition]);
        });
    }

    public sealed record ToEarliest : OffsetReset;

    public sealed record ToLatest : OffsetReset;

    /// <summary>What is committed stays, unless it is not there any more.</summary>
    public sealed record ToCurrent : OffsetReset;

    public sealed record ToOffset(long Offset) : OffsetReset;

    /// <summary>Forward, or back where it is negative.</summary>
    public sealed record Shift(long By) : OffsetReset;

    /// <summary>To the first record that is as young as that.</summary>
    public sealed record ToTime(DateTimeOffset Timestamp) : OffsetReset;
}
