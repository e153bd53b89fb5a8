using System.Diagnostics.Metrics;

namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Publishes who answers reads: the replica, or the primary and why.</summary>
public sealed class ReplicaReadMetrics : IReplicaReadObserver, IDisposable
{
    private static readonly KeyValuePair<string, object?> FromReplica = new("source", "replica");
    private static readonly KeyValuePair<string, object?> FromPrimary = new("source", "primary");

    private readonly Meter _meter = new("Kafscale.Storage.Replica");
    private readonly Counter<long> _reads;
    private readonly Counter<long> _bytes;
    private int _isSuspended;

    /// <summary>Publishes from now until the disposal.</summary>
    public ReplicaReadMetrics()
    {
        _reads = _meter.CreateCounter<long>("kafscale_replica_reads_total", null, "Reads by who answered: the replica, or the primary and for what reason.");
        _bytes = _meter.CreateCounter<long>("kafscale_replica_read_bytes_total", "By", "Bytes of these by who sent them.");
        _meter.CreateObservableGauge(
            "kafscale_replica_suspended", () => Volatile.Read(ref _isSuspended), null, "1 while the replica is in trouble and is not asked, else 0.");
    }

    /// <inheritdoc/>
    public void OnRead(ReplicaReadOutcome outcome, int bytes)
    {
        _reads.Add(1, new KeyValuePair<string, object?>("outcome", NameOf(outcome)));
        _bytes.Add(bytes, outcome == ReplicaReadOutcome.Replica ? FromReplica : FromPrimary);
    }

    /// <inheritdoc/>
    public void OnSuspended(bool isSuspended) => Volatile.Write(ref _isSuspended, isSuspended ? 1 : 0);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

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
