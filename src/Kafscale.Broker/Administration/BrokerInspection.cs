using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Administration;

/// <summary>Looks at a broker for its operator.</summary>
internal sealed class BrokerInspection(BrokerServices services, CurrentLeadership leadership)
{
    /// <summary>What it is doing now.</summary>
    /// <param name="notReadyReasons">Why clients should not be sent to it.</param>
    /// <param name="connections">How many clients are connected.</param>
    public BrokerStatus Look(IReadOnlyList<string> notReadyReasons, int connections)
    {
        var options = services.Options;
        var cluster = services.Cluster;
        var session = leadership.Session?.Session;
        var controller = cluster.Assignments.Controller?.Record;
        var led = CountLed(out var topics, out var partitions);
        var brokers = cluster.Brokers.Values
            .OrderBy(broker => broker.Record.BrokerId)
            .Select(broker => new LiveBroker(
                broker.Record.BrokerId,
                broker.Record.Host,
                broker.Record.Port,
                broker.Record.Rack,
                broker.Record.Draining,
                broker.IsImpaired,
                led.GetValueOrDefault((broker.Record.BrokerId, broker.Session))))
            .ToList();
        return new BrokerStatus(
            options.BrokerId,
            options.Version,
            options.Rack,
            [.. RegisteredBroker.RolesOf(options.Leads)],
            cluster.ClusterId,
            cluster.Brokers.TryGetValue(options.BrokerId, out var itself) && itself.Record.Draining,
            notReadyReasons,
            session is null
                ? null
                : new SessionStatus(session.Number.ToString("x", null), session.IsAlive, session.Age.TotalSeconds, session.TimeLeft.TotalSeconds),
            leadership.Session is LeadingSession { IsController: true },
            controller?.BrokerId,
            services.Follower.AppliedRevision,
            brokers,
            new LeaderStatus(
                topics,
                partitions,
                session is null ? 0 : led.GetValueOrDefault((options.BrokerId, session.Number)),
                partitions - brokers.Sum(broker => broker.PartitionsLed),
                CoordinatorShards.Count,
                session is null ? 0 : CoordinatorShards.All.Count(shard => cluster.Assignments.GroupShard(shard).Record.LeaderSession == session.Number)),
            new BufferStatus(services.AppendBuffer.UsedBytes, options.BufferMaxBytes, connections),
            new Dictionary<string, CacheStatus>
            {
                ["segments"] = new(services.Cache.Bytes, options.CacheBytes, services.Cache.Hits, services.Cache.Misses),
                ["indexes"] = new(services.Indexes.Bytes, services.Indexes.LimitBytes, services.Indexes.Hits, services.Indexes.Misses),
                ["manifests"] = new(
                    services.ManifestCache.Bytes, services.ManifestCache.LimitBytes, services.ManifestCache.Hits, services.ManifestCache.Misses),
            },
            StatusOf(services.ObjectStores.Health));
    }

    // How many partitions each live session leads.
    private Dictionary<(int Broker, long Session), int> CountLed(out int topics, out int partitions)
    {
        var led = new Dictionary<(int Broker, long Session), int>();
        topics = 0;
        partitions = 0;
        foreach (var topic in services.Cluster.Topics)
        {
            topics++;
            foreach (var log in topic.Partitions)
            {
                partitions++;
                var record = log.Record.Record;
                var leader = (record.Leader, record.LeaderSession);
                led[leader] = led.GetValueOrDefault(leader) + 1;
            }
        }

        return led;
    }

    private static ObjectStoreStatus StatusOf(IObjectStoreHealth health)
    {
        var status = health.Status;
        var state = status.State switch
        {
            ObjectStoreHealthState.Healthy => "healthy",
            ObjectStoreHealthState.Degraded => "degraded",
            _ => "unavailable",
        };
        return new ObjectStoreStatus(state, status.Reason, status.Since, health.ErrorRate, health.MeanLatency.TotalMilliseconds);
    }
}
