using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>Knows who coordinates each of the <see cref="CoordinatorShards"/>.</summary>
internal interface IShardLeaders
{
    /// <summary>The broker that coordinates a shard; null while there is none.</summary>
    RegisteredBroker? FindLeader(int shard);
}
