using Confluent.Kafka;

namespace Kafscale.Console.Cluster;

/// <summary>A group as lists show it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Type">Which protocol its members speak.</param>
/// <param name="LagByTopic">How many records it has not consumed yet of each topic that it has committed offsets of; null before it was looked at.</param>
public sealed record GroupSummary(string Id, ConsumerGroupState State, ConsumerGroupType Type, IReadOnlyDictionary<string, long>? LagByTopic)
{
    /// <summary>How many topics it has committed offsets of; null before it was looked at.</summary>
    public int? TopicCount { get; } = LagByTopic?.Count;

    /// <summary>How many records it has not consumed yet; null before it was looked at.</summary>
    public long? Lag { get; } = LagByTopic?.Values.Sum();
}
