using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients.Groups;

/// <summary>How far a group is with a partition.</summary>
/// <param name="TopicPartition">The partition.</param>
/// <param name="Committed">Null where nothing is committed.</param>
/// <param name="End">The offset of the next record that will be written.</param>
/// <param name="Owner">The member that consumes it; null where none does.</param>
internal sealed record GroupPartition(TopicPartition TopicPartition, long? Committed, long End, MemberDescription? Owner)
{
    /// <summary>How many records are still to be consumed; null where that cannot be said.</summary>
    public long? Lag => Committed is null ? null : Math.Max(End - Committed.Value, 0);
}
