using System.Diagnostics.Metrics;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>The groups that this broker coordinates, and how far their consumers are behind.</summary>
internal sealed class GroupMetrics
{
    // Enough for who is far behind to be told from who is not.
    private static readonly double[] LagBounds = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    public static MetricSection Section { get; } = new("Groups");

    private static readonly MetricDefinition Groups = Section.Gauge(
        "kafscale_groups", null, "Groups that this broker coordinates, by the state that ListGroups names.", "state");

    private static readonly MetricDefinition Members = Section.Gauge("kafscale_group_members", null, "Members of these groups.");

    private static readonly MetricDefinition Rebalances = Section.Counter(
        "kafscale_group_rebalances_total", null, "Rebalances that were begun in groups that this broker coordinates.");

    private static readonly MetricDefinition Lag = Section.Gauge(
        "kafscale_group_lag", null,
        "Records that a group has not committed yet, over all partitions of a topic. metrics.groups.max pairs of group and topic have series of their own, "
        + "those that are the farthest behind; the others are summed under _other.",
        "group", "topic");

    private static readonly MetricDefinition PartitionLag = Section.Histogram(
        "kafscale_consumer_lag", null, LagBounds, "The lag of each partition that a group has committed an offset of, sampled by scrapes, every 10 s at most.");

    private static readonly MetricDefinition MaxLag = Section.Gauge("kafscale_consumer_lag_max", null, "The largest of these in the last sample.");

    private readonly Meter _meter;
    private readonly Histogram<double> _partitionLag;
    private long _rebalances;

    public GroupMetrics(Meter meter)
    {
        _meter = meter;
        _partitionLag = PartitionLag.CreateHistogram(meter);
        Rebalances.Observe(meter, () => Interlocked.Read(ref _rebalances));
    }

    /// <summary>Publishes what the groups are like.</summary>
    public void Observe(GroupCoordinator coordinator, ClusterState cluster, TelemetryOptions options, TimeProvider timeProvider)
    {
        var census = new GroupCensus(coordinator, cluster, options.MaxGroups, timeProvider, lag => _partitionLag.Record(lag));
        Groups.Observe(_meter, () => census.Look().States.Select(
            state => new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", SnakeCase.Of(state.Key)))));
        Members.Observe(_meter, () => census.Look().Members);
        MaxLag.Observe(_meter, () => census.Look().MaxLag);
        Lag.Observe(_meter, () => census.Look().Lags.Select(
            lag => new Measurement<long>(
                lag.Records, new KeyValuePair<string, object?>("group", lag.Group), new KeyValuePair<string, object?>("topic", lag.Topic))));
    }

    public void OnRebalances(int count) => Interlocked.Add(ref _rebalances, count);
}
