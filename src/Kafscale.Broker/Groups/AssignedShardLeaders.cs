using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>Who coordinates each shard, by the metadata.</summary>
internal sealed class AssignedShardLeaders(ClusterState cluster) : IShardLeaders
{
    /// <inheritdoc/>
    public RegisteredBroker? FindLeader(int shard)
    {
        var record = cluster.Assignments.GroupShard(shard).Record;
        return cluster.IsLed(record.Leader, record.LeaderSession) ? cluster.Brokers.GetValueOrDefault(record.Leader) : null;
    }
}
