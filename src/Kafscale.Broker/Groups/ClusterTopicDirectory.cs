using System.Diagnostics.CodeAnalysis;
using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>The topics of the cluster as this broker sees it.</summary>
internal sealed class ClusterTopicDirectory(ClusterState cluster) : ITopicDirectory
{
    /// <inheritdoc/>
    public long Revision => cluster.Revisions.Topics;

    /// <inheritdoc/>
    public IEnumerable<string> Names => cluster.Topics.Select(topic => topic.Name);

    /// <inheritdoc/>
    public bool TryGetTopic(string name, out Guid topicId, out int partitionCount)
    {
        var found = cluster.TryGetTopic(name, out var topic);
        topicId = topic?.Id ?? Guid.Empty;
        partitionCount = topic?.Partitions.Count ?? 0;
        return found;
    }

    /// <inheritdoc/>
    public bool TryGetTopic(Guid topicId, [NotNullWhen(true)] out string? name, out int partitionCount)
    {
        cluster.TryGetTopic(topicId, out var topic);
        name = topic?.Name;
        partitionCount = topic?.Partitions.Count ?? 0;
        return name is not null;
    }

    /// <inheritdoc/>
    public string? FindLeaderRack(Guid topicId, int partition) =>
        cluster.TryGetPartition(topicId, partition, out var log) && cluster.Brokers.TryGetValue(log.Leader, out var broker) && broker.Record.Rack.Length > 0
            ? broker.Record.Rack
            : null;
}
