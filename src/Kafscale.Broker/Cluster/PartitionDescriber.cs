using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Describes many partitions in one go, without a list of replicas for each.</summary>
/// <remarks>
/// The object store keeps the copies, so every broker could be called a replica. Kafka's clients are told of the leader and of the one
/// broker in each other rack that readers there are sent to, because they go only to replicas when they are told to read there (KIP-392).
/// </remarks>
internal sealed class PartitionDescriber(ClusterState cluster)
{
    private static readonly List<int> NoBrokers = [];

    private readonly Dictionary<(int Leader, int Slot), (List<int> Leader, List<int> Readers, List<int> All)> _replicas = [];
    private readonly ReadReplicas _readReplicas = new(cluster);
    private List<int>? _standIns;

    public PartitionDescription Describe(PartitionLog log)
    {
        var (record, revision) = log.Record;
        if (revision == 0)
        {
            return new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, -1, NoBrokers, NoBrokers, NoBrokers);
        }

        var slot = ReadReplicas.SlotOf(log.Id);
        var leaderForClients = FindLeaderForClients(record, slot);
        var (leader, readers, all) = ReplicasOf(leaderForClients == PartitionLog.NoLeader ? record.Leader : leaderForClients, slot);
        return leaderForClients != PartitionLog.NoLeader
            ? new PartitionDescription(ErrorCode.None, leaderForClients, record.LeaderEpoch, all, all, NoBrokers)
            : new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, record.LeaderEpoch, all, readers, leader);
    }

    // In place of a leader that is not heard of any more another broker is named: that one gives consumers every record that is committed, and tells
    // producers who the leader is.
    private int FindLeaderForClients(PartitionRecord record, int slot)
    {
        if (cluster.IsLed(record))
        {
            return record.Leader;
        }

        if (!cluster.HasLost(record))
        {
            return PartitionLog.NoLeader;
        }

        _standIns ??= [.. cluster.BrokersInTouch.Select(broker => broker.Record.BrokerId).Order()];
        return _standIns[slot % _standIns.Count];
    }

    private (List<int> Leader, List<int> Readers, List<int> All) ReplicasOf(int leader, int slot)
    {
        if (!_replicas.TryGetValue((leader, slot), out var replicas))
        {
            var ownRack = cluster.Brokers.GetValueOrDefault(leader)?.Record.Rack;
            List<int> readers =
            [
                .. _readReplicas.Racks
                    .Where(rack => rack != ownRack)
                    .Select(rack => ReadReplicas.Choose(_readReplicas.In(rack)!, slot))
                    .Where(reader => reader != leader)
                    .Order()
            ];
            replicas = ([leader], readers, [leader, .. readers]);
            _replicas.Add((leader, slot), replicas);
        }

        return replicas;
    }
}
