namespace Kafscale.Broker.Cluster;

/// <summary>What the topic, configuration and cluster APIs need to know of a broker's settings.</summary>
internal sealed record ClusterOptions
{
    /// <summary>This broker's id.</summary>
    public required int NodeId { get; init; }

    /// <summary>Whether Metadata requests create topics that do not exist.</summary>
    public bool AutoCreateTopics { get; init; } = true;

    /// <summary>Whether topics may be deleted.</summary>
    public bool DeleteTopics { get; init; } = true;

    /// <summary>Partitions of a topic that is created without saying how many.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>The most partitions of one topic.</summary>
    public int MaxPartitionsPerTopic { get; init; } = 10_000;

    /// <summary>The most partitions of all topics together; every broker keeps each of them in memory.</summary>
    public int MaxPartitions { get; init; } = 200_000;

    /// <summary>The most groups that something is set on; every broker keeps each of them in memory.</summary>
    public int MaxConfiguredGroups { get; init; } = 10_000;

    /// <summary>What DescribeLogDirs calls the one place that records are in: the object store's name.</summary>
    public required string LogDirectory { get; init; }

    /// <summary>What holds for a topic that does not set its own.</summary>
    public TopicConfiguration TopicDefaults { get; init; } = new();

    /// <summary>Further settings of this broker that Kafka has, too, which DescribeConfigs shows.</summary>
    public IReadOnlyList<ConfigDescription> OtherSettings { get; init; } = [];
}
