using Confluent.Kafka.Admin;
using Kafscale.Clients.Groups;

namespace Kafscale.Console.Cluster;

/// <summary>A group with its members and how far it is.</summary>
/// <param name="Description">The group.</param>
/// <param name="Partitions">The partitions that it has committed for, and those that its members have.</param>
internal sealed record GroupDetails(ConsumerGroupDescription Description, IReadOnlyList<GroupPartition> Partitions);
