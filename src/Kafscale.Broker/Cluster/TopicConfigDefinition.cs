namespace Kafscale.Broker.Cluster;

/// <summary>One of Kafka's topic configurations.</summary>
internal sealed class TopicConfigDefinition
{
    public required string Name { get; init; }

    public required ConfigType Type { get; init; }

    public required string Documentation { get; init; }

    /// <summary>Brokers have no configuration that it defaults to.</summary>
    public bool IsOfTopicsAlone { get; init; }

    /// <summary>The value that holds where a topic does not set its own, given the broker's defaults.</summary>
    public required Func<TopicConfiguration, string> Effective { get; init; }

    /// <summary>What is wrong with a value, or <see langword="null"/>.</summary>
    public required Func<string, string?> Validate { get; init; }
}
