using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Cluster;

/// <summary>A topic as of one metadata revision. Immutable but for the logs, which live on from version to version.</summary>
internal sealed record Topic
{
    public required string Name { get; init; }

    public required Guid Id { get; init; }

    /// <summary>The revision at which this version of the topic's record was written.</summary>
    public required long Revision { get; init; }

    /// <summary>What was set on the topic itself, by Kafka's names.</summary>
    public required IReadOnlyDictionary<string, string> Configs { get; init; }

    /// <summary>What holds for the topic: its own settings over the broker's.</summary>
    public required TopicConfiguration Configuration { get; init; }

    /// <summary>The partitions, by number.</summary>
    public required IReadOnlyList<PartitionLog> Partitions { get; init; }
}
