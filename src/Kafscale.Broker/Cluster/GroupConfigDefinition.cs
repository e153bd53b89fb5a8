using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Cluster;

/// <summary>One of Kafka's group configurations; all of them are numbers, and have a broker setting and two that limit them.</summary>
internal sealed class GroupConfigDefinition
{
    public required string Name { get; init; }

    public required string Documentation { get; init; }

    /// <summary>The broker setting that holds where a group does not set its own.</summary>
    public required string BrokerName { get; init; }

    public required string MinimumName { get; init; }

    public required string MaximumName { get; init; }

    public required Func<GroupOptions, int> BrokerValue { get; init; }

    public required Func<GroupOptions, int> Minimum { get; init; }

    public required Func<GroupOptions, int> Maximum { get; init; }
}
