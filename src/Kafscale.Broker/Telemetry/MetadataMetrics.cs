using System.Diagnostics.Metrics;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>How the metadata store answers, and how far behind it this broker's picture of the cluster is.</summary>
internal sealed class MetadataMetrics
{
    private static readonly double[] DurationBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public static MetricSection Section { get; } = new("Metadata");

    private static readonly MetricDefinition Duration = Section.Histogram(
        "kafscale_metadata_request_duration_seconds", "s", DurationBounds,
        "From a request to the metadata store to its end, by operation (range, commit, grant_lease, keep_alive, revoke_lease, compact) and outcome (success, unavailable, failed, cancelled).",
        "operation", "outcome");

    private static readonly MetricDefinition WatchLag = Section.Gauge(
        "kafscale_metadata_watch_lag_seconds", "s", "For how long something that this broker has committed has not come back to it through the watch; 0 where all has.");

    private static readonly MetricDefinition AppliedRevision = Section.Gauge(
        "kafscale_metadata_applied_revision", null, "The revision of the metadata store up to which this broker knows the cluster.");

    private static readonly MetricDefinition Watches = Section.Counter(
        "kafscale_metadata_watches_total", null, "Watches that were begun; more than one means that they broke.");

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _watches;

    public MetadataMetrics(Meter meter)
    {
        _meter = meter;
        _duration = Duration.CreateHistogram(meter);
        _watches = Watches.CreateCounter<long>(meter);
    }

    /// <summary>Publishes how far the watch is behind.</summary>
    public void Observe(Func<long> appliedRevision, MetadataWatchLag lag)
    {
        AppliedRevision.Observe(_meter, appliedRevision);
        WatchLag.Observe(_meter, () => lag.Measure(appliedRevision()).TotalSeconds);
    }

    public void OnCompleted(string operation, string outcome, TimeSpan duration) => _duration.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("outcome", outcome));

    public void OnWatchBegun() => _watches.Add(1);
}
