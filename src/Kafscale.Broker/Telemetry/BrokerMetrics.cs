using System.Diagnostics.Metrics;

namespace Kafscale.Broker.Telemetry;

/// <summary>What the broker counts, by the names under which it is published.</summary>
internal sealed class BrokerMetrics : IDisposable
{
    public const string MeterName = "Kafscale.Broker";

    private static readonly double[] LatencyBoundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

    private readonly Meter _meter = new(MeterName);

    public BrokerMetrics()
    {
        ProducedBytes = _meter.CreateCounter<long>("kafscale_produced_bytes_total", "By", "Record bytes that producers sent.");
        FetchedBytes = _meter.CreateCounter<long>("kafscale_fetched_bytes_total", "By", "Record bytes that consumers were sent.");
        ProduceLatency = _meter.CreateHistogram(
            "kafscale_produce_latency_ms", "ms", "From a Produce request to its answer.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBoundsMs });
        Flushes = _meter.CreateCounter<long>("kafscale_flushes_total", null, "WAL objects written and committed.");
        RefusedRequests = _meter.CreateCounter<long>(
            "kafscale_backpressure_refusals_total", null, "Requests that were refused because the object store is not healthy.");
        FlushedBytes = _meter.CreateCounter<long>("kafscale_flushed_bytes_total", "By", "Record bytes in these.");
        Checkpoints = _meter.CreateCounter<long>("kafscale_checkpoints_total", null, "Checkpoints written.");
        CheckpointedCommits = _meter.CreateCounter<long>("kafscale_checkpointed_commits_total", null, "Commits in these.");
        CheckpointFailures = _meter.CreateCounter<long>("kafscale_checkpoint_failures_total", null, "Failed attempts at writing a checkpoint.");
    }

    public Counter<long> ProducedBytes { get; }

    public Counter<long> FetchedBytes { get; }

    public Histogram<double> ProduceLatency { get; }

    public Counter<long> Flushes { get; }

    public Counter<long> FlushedBytes { get; }

    public Counter<long> RefusedRequests { get; }

    public Counter<long> Checkpoints { get; }

    public Counter<long> CheckpointedCommits { get; }

    public Counter<long> CheckpointFailures { get; }

    /// <summary>Publishes a value that is read when somebody asks.</summary>
    public void ObserveGauge(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    /// <inheritdoc cref="ObserveGauge(string, string, string, Func{long})"/>
    public void ObserveGauge(string name, string? unit, string description, Func<double> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    /// <summary>Publishes values that differ in their labels and are read when somebody asks.</summary>
    public void ObserveGauges(string name, string description, Func<IEnumerable<Measurement<double>>> read) =>
        _meter.CreateObservableGauge(name, read, null, description);

    /// <summary>Publishes a count that only grows and is read when somebody asks.</summary>
    public void ObserveCounter(string name, string? unit, string description, Func<long> read) =>
        _meter.CreateObservableCounter(name, read, unit, description);

    public void Dispose() => _meter.Dispose();
}
