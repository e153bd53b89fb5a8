using System.Diagnostics.Metrics;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Operator;

/// <summary>What the operator publishes.</summary>
internal sealed class OperatorMetrics : IDisposable
{
    private const string ClusterLabel = "cluster";
    private const string ResultLabel = "result";

    public static MetricSection Section { get; } = new("Operator");

    private static readonly MetricDefinition Clusters = Section.Gauge("kafscale_operator_clusters", null, "Clusters that the operator looks after.");

    private static readonly MetricDefinition Published = Section.Counter(
        "kafscale_operator_snapshot_publish_total", null, "Snapshots of etcd that were to be published, by what became of it (success, failure).", ResultLabel);

    private static readonly MetricDefinition Age = Section.Gauge(
        "kafscale_operator_etcd_snapshot_age_seconds", "s", "Age of the newest published snapshot of the cluster's etcd.", ClusterLabel);

    private static readonly MetricDefinition LastSuccess = Section.Gauge(
        "kafscale_operator_etcd_snapshot_last_success_timestamp", null, "When it was published, in seconds since 1970.", ClusterLabel);

    private static readonly MetricDefinition LastSchedule = Section.Gauge(
        "kafscale_operator_etcd_snapshot_last_schedule_timestamp", null, "When the last one was due and begun, in seconds since 1970.", ClusterLabel);

    private static readonly MetricDefinition Stale = Section.Gauge(
        "kafscale_operator_etcd_snapshot_stale", null, "1 where the newest one is older than it may be, or there is none though one was due; else 0.", ClusterLabel);

    private static readonly MetricDefinition AccessOk = Section.Gauge(
        "kafscale_operator_etcd_snapshot_access_ok", null, "1 where the bucket of snapshots can be written to, else 0.", ClusterLabel);

    private static readonly MetricDefinition Reconciles = Section.Counter(
        "kafscale_operator_reconciles_total", null, "Resources that were looked at, by kind and by what became of it (done, failed).", "kind", ResultLabel);

    private static readonly MetricDefinition Leader = Section.Gauge("kafscale_operator_leader", null, "1 on the operator that holds the Lease and works, else 0.");

    private readonly Meter _meter = new("Kafscale.Operator");
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, EtcdUpkeepState?> _clusters = [];
    private readonly OperatorOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Counter<long> _published;
    private readonly Counter<long> _reconciles;
    private volatile bool _isLeader;

    public OperatorMetrics(OperatorOptions options, TimeProvider timeProvider)
    {
        (_options, _timeProvider) = (options, timeProvider);
        Clusters.Observe(_meter, () => (long)Snapshot().Count);
        Leader.Observe(_meter, () => _isLeader ? 1L : 0L);
        Age.Observe(_meter, () => Each(state => state.SnapshotAt is { } at ? (timeProvider.GetUtcNow() - at).TotalSeconds : null));
        LastSuccess.Observe(_meter, () => Each(state => state.SnapshotAt?.ToUnixTimeSeconds()));
        LastSchedule.Observe(_meter, () => Each(state => state.ScheduledAt?.ToUnixTimeSeconds()));
        Stale.Observe(_meter, () => Each(state => IsStale(state) ? 1 : 0));
        AccessOk.Observe(_meter, () => Each(state => state.IsAccessKnown ? state.AccessTrouble is null ? 1 : 0 : null));
        _published = Published.CreateCounter<long>(_meter);
        _reconciles = Reconciles.CreateCounter<long>(_meter);
        _published.Add(0, new KeyValuePair<string, object?>(ResultLabel, "success"));
        _published.Add(0, new KeyValuePair<string, object?>(ResultLabel, "failure"));
    }

    public bool IsLeader
    {
        get => _isLeader;
        set
        {
            _isLeader = value;
            if (!value)
            {
                // Somebody else tells of them from now on.
                lock (_lock)
                {
                    _clusters.Clear();
                }
            }
        }
    }

    /// <summary>There is a cluster.</summary>
    /// <param name="key">Which.</param>
    /// <param name="state">Of its etcd; null where that is not the operator's own.</param>
    public void Set(NamespacedName key, EtcdUpkeepState? state)
    {
        lock (_lock)
        {
            _clusters[key] = state;
        }
    }

    public void Forget(NamespacedName key)
    {
        lock (_lock)
        {
            _clusters.Remove(key);
        }
    }

    public void CountSnapshot(bool isPublished) => _published.Add(1, new KeyValuePair<string, object?>(ResultLabel, isPublished ? "success" : "failure"));

    public void CountReconcile(string kind, bool isDone) =>
        _reconciles.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>(ResultLabel, isDone ? "done" : "failed"));

    public void Dispose() => _meter.Dispose();

    private bool IsStale(EtcdUpkeepState state) => state.SnapshotAt is { } at
        ? _timeProvider.GetUtcNow() - at > _options.Snapshots.StaleAfter
        : state.SnapshotTrouble is not null;

    private List<(NamespacedName Key, EtcdUpkeepState? State)> Snapshot()
    {
        lock (_lock)
        {
            return [.. _clusters.Select(cluster => (cluster.Key, cluster.Value))];
        }
    }

    private IEnumerable<Measurement<double>> Each(Func<EtcdUpkeepState, double?> read) =>
        from cluster in Snapshot()
        let value = cluster.State is { } state ? read(state) : null
        where value is not null
        select new Measurement<double>(value.Value, new KeyValuePair<string, object?>(ClusterLabel, cluster.Key.ToString()));
}
