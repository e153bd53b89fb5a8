using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>
/// Tells producers and consumers, together with the error, who leads a partition instead, so that they go on there at once and need not ask
/// for metadata first (KIP-951).
/// </summary>
internal sealed class LeaderHints(ClusterState cluster, int brokerId)
{
    private const int FirstProduceVersion = 10;
    private const int FirstFetchVersion = 16;

    /// <summary>Tells a producer, where that helps it.</summary>
    public void Tell(ProduceResponse response, ProduceResponse.PartitionProduceResponse partition, PartitionLog log, int apiVersion)
    {
        if (apiVersion < FirstProduceVersion || partition.ErrorCode != ErrorCode.NotLeaderOrFollower || FindLeader(log) is not { } leader)
        {
            return;
        }

        partition.CurrentLeader = new() { LeaderId = leader.Broker.BrokerId, LeaderEpoch = leader.Epoch };
        AddEndpoint(
            response.NodeEndpoints,
            leader.Broker,
            static node => node.NodeId,
            static broker => new() { NodeId = broker.BrokerId, Host = broker.Host, Port = broker.Port, Rack = RackOf(broker) });
    }

    /// <summary>Tells a consumer, where that helps it.</summary>
    public void Tell(FetchResponse response, FetchResponse.PartitionData partition, PartitionLog log, int apiVersion)
    {
        if (apiVersion < FirstFetchVersion
            || partition.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)
            || FindLeader(log) is not { } leader)
        {
            return;
        }

        partition.CurrentLeader = new() { LeaderId = leader.Broker.BrokerId, LeaderEpoch = leader.Epoch };
        AddEndpoint(
            response.NodeEndpoints,
            leader.Broker,
            static node => node.NodeId,
            static broker => new() { NodeId = broker.BrokerId, Host = broker.Host, Port = broker.Port, Rack = RackOf(broker) });
    }

    // The two responses have a type of their own for the same thing. A loop, because a predicate would capture the leader.
    private static void AddEndpoint<TEndpoint>(
        List<TEndpoint> endpoints, SessionRecord leader, Func<TEndpoint, int> idOf, Func<SessionRecord, TEndpoint> create)
    {
        foreach (var endpoint in endpoints)
        {
            if (idOf(endpoint) == leader.BrokerId)
            {
                return;
            }
        }

        endpoints.Add(create(leader));
    }

    private static string? RackOf(SessionRecord broker) => broker.Rack.Length == 0 ? null : broker.Rack;

    // Nobody between two leaders: clients then ask for metadata until there is one.
    private (SessionRecord Broker, int Epoch)? FindLeader(PartitionLog log)
    {
        var record = log.Record.Record;
        var isServed = record.Leader == brokerId ? log.Appender is { IsLeading: true } : cluster.IsLed(record);
        return isServed && cluster.Brokers.TryGetValue(record.Leader, out var leader) ? (leader.Record, record.LeaderEpoch) : null;
    }
}
