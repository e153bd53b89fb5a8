using System.Diagnostics.Metrics;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>
/// Measures how far a replica of the object store lags behind what is committed, by one small read now and then: whether it has the WAL
/// object that was the newest one a while ago.
/// </summary>
/// <remarks>
/// A sample is followed until the replica has it, so that the lag of a replica that is stuck grows without end. A replica that does not
/// answer counts as one that does not have it.
/// </remarks>
internal sealed class ReplicaLag(IObjectStore replica, ClusterState cluster, TimeProvider timeProvider)
{
    public static MetricSection Section { get; } = new("Lag of the replica");

    private static readonly MetricDefinition Lag = Section.Gauge(
        "kafscale_replica_lag_seconds", "s", "Age of the oldest sampled WAL object that the replica does not have; 0 where it had the last one. Only where there is a replica.");

    /// <summary>From one read to the next: a few hundred requests an hour.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly byte[] _firstByte = new byte[1];
    private WalObjectId? _sampled;
    private long _newestSampledMs;
    private double _seconds;

    /// <summary>The age of the oldest sampled object that the replica does not have; 0 where it had the last one.</summary>
    public double Seconds => Volatile.Read(ref _seconds);

    /// <summary>Publishes what is measured.</summary>
    public void Publish(Meter meter) => Lag.Observe(meter, () => Seconds);

    /// <summary>Measures until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, timeProvider, cancellationToken);
                await MeasureAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The broker stops.
        }
    }

    /// <summary>One read.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        // One that was merged and removed need not be copied any more.
        if (_sampled is not { } sampled || !cluster.WalObjects.TryGetValue(sampled, out var sample))
        {
            sample = FindNewest();
            _sampled = sample?.Reference.Id;
        }

        if (sample is null || await HasAsync(sample.Reference.Key, cancellationToken))
        {
            _sampled = null;
            Volatile.Write(ref _seconds, 0);
            return;
        }

        var age = timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(sample.CreatedAtMs);
        Volatile.Write(ref _seconds, Math.Max(0, age.TotalSeconds));
    }

    private CommittedWalObject? FindNewest()
    {
        CommittedWalObject? newest = null;
        foreach (var walObject in cluster.WalObjects.Values)
        {
            if (walObject.CreatedAtMs > _newestSampledMs)
            {
                newest = walObject;
                _newestSampledMs = walObject.CreatedAtMs;
            }
        }

        return newest;
    }

    private async Task<bool> HasAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await replica.ReadAsync(key, 0, _firstByte, cancellationToken) > 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
