using System.Diagnostics.Metrics;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Publishes who answers reads: the replica, or the primary and why.</summary>
internal sealed class ReplicaReadMetrics : IReplicaReadObserver
{
    private static readonly KeyValuePair<string, object?> FromReplica = new("source", "replica");
    private static readonly KeyValuePair<string, object?> FromPrimary = new("source", "primary");

    private readonly Counter<long> _reads;
    private readonly Counter<long> _bytes;
    private int _isSuspended;

    public ReplicaReadMetrics(ObjectStoreMetrics metrics)
    {
        var meter = metrics.Meter;
        _reads = meter.CreateCounter<long>("kafscale_replica_reads_total", null, "Reads by who answered: the replica, or the primary and for what reason.");
        _bytes = meter.CreateCounter<long>("kafscale_replica_read_bytes_total", "By", "Bytes of these by who sent them.");
        meter.CreateObservableGauge(
            "kafscale_replica_suspended", () => Volatile.Read(ref _isSuspended), null, "1 while the replica is in trouble and is not asked, else 0.");
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
