using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>A group is coordinated by whoever coordinates its shard.</summary>
internal sealed class ShardCoordinatorLocator(ClusterState cluster) : ICoordinatorLocator
{
    /// <inheritdoc/>
    public CoordinatorEndpoint? Locate(string groupId, string listenerName) =>
        cluster.FindCoordinator(CoordinatorShards.Of(groupId)) is { } broker
            ? new CoordinatorEndpoint(broker.Record.BrokerId, broker.Record.Host, broker.Record.Port)
            : null;
}
