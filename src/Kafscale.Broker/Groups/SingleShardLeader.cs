using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>Every shard is coordinated by the one broker that leads, as long as it is registered.</summary>
internal sealed class SingleShardLeader(int brokerId, ClusterState cluster) : IShardLeaders
{
    /// <inheritdoc/>
    public RegisteredBroker? FindLeader(int shard) => cluster.FindCoordinator(brokerId);
}
