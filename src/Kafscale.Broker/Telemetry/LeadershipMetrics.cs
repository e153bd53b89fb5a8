using System.Diagnostics.Metrics;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>The session, who leads what, and what moves.</summary>
internal sealed class LeadershipMetrics
{
    public static MetricSection Section { get; } = new("Sessions and leaders");

    private static readonly MetricDefinition BuildInfo = Section.Gauge("kafscale_build_info", null, "Always 1.", "version");

    private static readonly MetricDefinition SessionAlive = Section.Gauge(
        "kafscale_session_alive", null, "1 while this broker's session is certainly alive, else 0: it leads nothing then.");

    private static readonly MetricDefinition SessionLeft = Section.Gauge(
        "kafscale_session_time_left_seconds", "s", "Until the session ends unless its lease is renewed.");

    private static readonly MetricDefinition SessionsLost = Section.Counter("kafscale_sessions_lost_total", null, "Sessions of this process that were lost.");

    private static readonly MetricDefinition Controller = Section.Gauge("kafscale_controller", null, "1 on the controller, else 0.");

    private static readonly MetricDefinition Brokers = Section.Gauge("kafscale_brokers", null, "Live brokers that this one knows, itself included.");

    private static readonly MetricDefinition Topics = Section.Gauge("kafscale_topics", null, "Topics of the cluster.");

    private static readonly MetricDefinition Partitions = Section.Gauge("kafscale_partitions", null, "Partitions of the cluster.");

    private static readonly MetricDefinition PartitionsLed = Section.Gauge("kafscale_partitions_led", null, "Partitions that this broker leads.");

    private static readonly MetricDefinition PartitionsWithoutLeader = Section.Gauge(
        "kafscale_partitions_without_leader", null, "Partitions of the cluster that no live broker leads.");

    private static readonly MetricDefinition GroupShardsLed = Section.Gauge(
        "kafscale_group_shards_led", null, "Shards of groups that this broker coordinates, of 50.");

    private static readonly MetricDefinition Moves = Section.Counter(
        "kafscale_leadership_moves_total", null, "Partitions that this broker began to lead (taken), or gave to another one (handed_over).", "move");

    private static readonly KeyValuePair<string, object?> Taken = new("move", "taken");
    private static readonly KeyValuePair<string, object?> HandedOver = new("move", "handed_over");

    private readonly Meter _meter;
    private readonly Counter<long> _sessionsLost;
    private readonly Counter<long> _moves;

    public LeadershipMetrics(Meter meter)
    {
        _meter = meter;
        _sessionsLost = SessionsLost.CreateCounter<long>(meter);
        _moves = Moves.CreateCounter<long>(meter);
        _moves.Add(0, Taken);
        _moves.Add(0, HandedOver);
    }

    /// <summary>Publishes the session, and who leads what.</summary>
    public void Observe(BrokerOptions options, ClusterState cluster, CurrentLeadership leadership)
    {
        Measurement<long>[] build = [new(1, new KeyValuePair<string, object?>("version", options.Version))];
        BuildInfo.Observe<long>(_meter, () => build);
        SessionAlive.Observe(_meter, () => leadership.IsAlive ? 1L : 0L);
        SessionLeft.Observe(_meter, () => leadership.Session?.Session.TimeLeft.TotalSeconds ?? 0);
        Controller.Observe(_meter, () => leadership.Session is LeadingSession { IsController: true } ? 1L : 0L);
        Brokers.Observe(_meter, () => (long)cluster.Brokers.Count);
        Topics.Observe(_meter, () => (long)cluster.Topics.Count);
        Partitions.Observe(_meter, () => cluster.Topics.Sum(topic => (long)topic.Partitions.Count));
        PartitionsLed.Observe(_meter, () => cluster.Partitions.LongCount(log => log.Appender is not null));
        PartitionsWithoutLeader.Observe(_meter, () => cluster.Partitions.LongCount(log => !cluster.IsLed(log.Record.Record)));
        GroupShardsLed.Observe(_meter, () => CoordinatorShards.All.LongCount(
            shard => leadership.Session is { } session && cluster.Assignments.GroupShard(shard).Record.LeaderSession == session.Session.Number));
    }

    public void OnSessionLost() => _sessionsLost.Add(1);

    public void OnTaken(int partitions) => _moves.Add(partitions, Taken);

    public void OnHandedOver(int partitions) => _moves.Add(partitions, HandedOver);
}
