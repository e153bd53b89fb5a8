using Confluent.Kafka;

namespace Kafscale.Clients.Groups;

/// <summary>What would become of an offset.</summary>
/// <param name="Partition">Of which partition.</param>
/// <param name="Before">What is committed now; null where nothing is.</param>
/// <param name="After">What would be.</param>
internal sealed record OffsetChange(TopicPartition Partition, long? Before, long After)
{
    /// <summary>By how much; null where nothing is committed now.</summary>
    public long? Difference => After - Before;
}
