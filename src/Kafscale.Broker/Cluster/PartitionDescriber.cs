using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Describes many partitions in one go, without a list of replicas for each.</summary>
/// <remarks>
/// The object store keeps the copies, so a partition has one replica for Kafka's clients: its leader. Brokers that are there for reading
/// are further ones, because clients go only to replicas when they are told to read there (KIP-392).
/// </remarks>
internal sealed class PartitionDescriber(ClusterState cluster)
{
    private static readonly List<int> NoBrokers = [];

    private readonly Dictionary<int, (List<int> Alone, List<int> WithReaders)> _replicasByLeader = [];
    private readonly List<int> _readers =
        [.. cluster.Brokers.Where(broker => broker.Value.IsReadReplica).Select(broker => broker.Key).Order()];

    public PartitionDescription Describe(PartitionLog log)
    {
        var (record, revision) = log.Record;
        if (revision == 0)
        {
            return new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, -1, NoBrokers, NoBrokers, NoBrokers);
        }

        if (!_replicasByLeader.TryGetValue(record.Leader, out var replicas))
        {
            replicas = ([record.Leader], [record.Leader, .. _readers.Where(reader => reader != record.Leader)]);
            _replicasByLeader.Add(record.Leader, replicas);
        }

        var (leader, all) = replicas;
        return cluster.IsLed(record)
            ? new PartitionDescription(ErrorCode.None, record.Leader, record.LeaderEpoch, all, all, NoBrokers)
            : new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, record.LeaderEpoch, all, _readers, leader);
    }
}
