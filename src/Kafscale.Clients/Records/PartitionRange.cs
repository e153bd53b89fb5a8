using Confluent.Kafka;

namespace Kafscale.Clients.Records;

/// <summary>What is to be read of a partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Start">The first offset.</param>
/// <param name="End">Behind the last one; null: whatever comes.</param>
internal readonly record struct PartitionRange(TopicPartition Partition, long Start, long? End);
