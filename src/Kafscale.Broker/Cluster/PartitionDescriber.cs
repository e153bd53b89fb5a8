using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Describes many partitions in one go, without a list of replicas for each.</summary>
/// <remarks>The object store keeps the copies, so a partition has one replica for Kafka's clients: its leader.</remarks>
internal sealed class PartitionDescriber(ClusterState cluster)
{
    private static readonly List<int> NoBrokers = [];

    private readonly Dictionary<int, List<int>> _singleBrokers = [];

    public PartitionDescription Describe(PartitionLog log)
    {
        var (record, revision) = log.Record;
        if (revision == 0)
        {
            return new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, -1, NoBrokers, NoBrokers, NoBrokers);
        }

        if (!_singleBrokers.TryGetValue(record.Leader, out var leader))
        {
            leader = [record.Leader];
            _singleBrokers.Add(record.Leader, leader);
        }

        return cluster.IsLed(record)
            ? new PartitionDescription(ErrorCode.None, record.Leader, record.LeaderEpoch, leader, leader, NoBrokers)
            : new PartitionDescription(ErrorCode.LeaderNotAvailable, PartitionLog.NoLeader, record.LeaderEpoch, leader, NoBrokers, leader);
    }
}
