namespace Kafscale.Broker.Telemetry;

/// <summary>How much is published.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>Topics that have series of their own (<c>metrics.topics.max</c>).</summary>
    public int MaxTopics { get; init; } = 500;

    /// <summary>Pairs of group and topic that do (<c>metrics.groups.max</c>).</summary>
    public int MaxGroups { get; init; } = 500;

    /// <summary>Partitions that do (<c>metrics.partitions.max</c>); 0: none.</summary>
    public int MaxPartitions { get; init; }
}
