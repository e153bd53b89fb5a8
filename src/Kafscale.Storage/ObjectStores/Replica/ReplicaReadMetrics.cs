using System.Diagnostics.Metrics;
using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Publishes who answers reads: the replica, or the primary and why.</summary>
internal sealed class ReplicaReadMetrics : IReplicaReadObserver
{
    /// <summary>What is published.</summary>
    public static MetricSection Section { get; } = new("Replica of the object store");

    private static readonly MetricDefinition Reads = Section.Counter(
        "kafscale_replica_reads_total", null, "Reads by who answered: the replica, or the primary and for what reason.", "outcome");

    private static readonly MetricDefinition Bytes = Section.Counter("kafscale_replica_read_bytes_total", "By", "Bytes of these by who sent them.", "source");

    private static readonly MetricDefinition Suspended = Section.Gauge(
        "kafscale_replica_suspended", null, "1 while the replica is in trouble and is not asked, else 0.");

    private static readonly KeyValuePair<string, object?> FromReplica = new("source", "replica");
    private static readonly KeyValuePair<string, object?> FromPrimary = new("source", "primary");

    private readonly Counter<long> _reads;
    private readonly Counter<long> _bytes;
    private int _isSuspended;

    public ReplicaReadMetrics(ObjectStoreMetrics metrics)
    {
        var meter = metrics.Meter;
        _reads = Reads.CreateCounter<long>(meter);
        _bytes = Bytes.CreateCounter<long>(meter);
        Suspended.Observe(meter, () => (long)Volatile.Read(ref _isSuspended));
    }

    public void OnRead(ReplicaReadOutcome outcome, int bytes)
    {
        _reads.Add(1, new KeyValuePair<string, object?>("outcome", NameOf(outcome)));
        _bytes.Add(bytes, outcome == ReplicaReadOutcome.Replica ? FromReplica : FromPrimary);
    }

    public void OnSuspended(bool isSuspended) => Volatile.Write(ref _isSuspended, isSuspended ? 1 : 0);

    private static string NameOf(ReplicaReadOutcome outcome) => outcome switch
    {
        ReplicaReadOutcome.Replica => "replica",
        ReplicaReadOutcome.Missing => "missing",
        ReplicaReadOutcome.KnownMissing => "known_missing",
        ReplicaReadOutcome.Stale => "stale",
        ReplicaReadOutcome.Incomplete => "incomplete",
        ReplicaReadOutcome.TimedOut => "timed_out",
        ReplicaReadOutcome.Failed => "failed",
        ReplicaReadOutcome.Suspended => "suspended",
        ReplicaReadOutcome.PrimaryOnly => "primary_only",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This is no outcome."),
    };
}
