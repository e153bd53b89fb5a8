namespace Kafscale.Broker.Garbage;

/// <summary>Segments or indexes under the name of a topic that has no such partitions, or does not exist.</summary>
/// <param name="TopicName">The name.</param>
/// <param name="FirstPartition">The smallest partition number that was found.</param>
/// <param name="LastPartition">The greatest.</param>
internal sealed record LeftoverPartitions(string TopicName, int FirstPartition, int LastPartition);
