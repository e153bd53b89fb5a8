using System.Diagnostics.Metrics;
using Kafscale.Broker.Partitions;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>The way of records from the append buffer to the acknowledgement: what flushes amount to, and how long each step takes.</summary>
internal sealed class FlushMetrics
{
    private static readonly double[] ByteBounds =
        [1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20, 4 << 20, 8 << 20, 16 << 20, 32 << 20, 64 << 20];

    private static readonly double[] DurationBounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1, 2.5, 5, 10, 30];

    public static MetricSection Section { get; } = new("Flushes");

    private static readonly MetricDefinition Flushes = Section.Counter(
        "kafscale_flushes_total", null,
        "WAL objects written and committed, by what made them begin: interval, size (flush.bytes), full (no more fits into one commit), requested, stopping.", "reason");

    private static readonly MetricDefinition Failures = Section.Counter(
        "kafscale_flush_failures_total", null, "Flushes that were given up: their producers were told to try again.");

    private static readonly MetricDefinition FlushedBytes = Section.Counter("kafscale_flushed_bytes_total", "By", "Record bytes that were committed.");

    private static readonly MetricDefinition Bytes = Section.Histogram("kafscale_flush_bytes", "By", ByteBounds, "Record bytes of a flush.");

    private static readonly MetricDefinition Interval = Section.Histogram(
        "kafscale_flush_interval_seconds", "s", DurationBounds, "From the beginning of one flush to that of the next.");

    private static readonly MetricDefinition Stage = Section.Histogram(
        "kafscale_produce_stage_duration_seconds", "s", DurationBounds,
        "The parts of a Produce request's time. Of each flush: queue (its first batch waits for the flush to begin), upload (to the object store), "
        + "commit (to the metadata store, the wait for its turn included). Of each request: acknowledge (from the commit to the response).", "stage");

    private static readonly KeyValuePair<string, object?> Queue = new("stage", "queue");
    private static readonly KeyValuePair<string, object?> Upload = new("stage", "upload");
    private static readonly KeyValuePair<string, object?> Commit = new("stage", "commit");
    private static readonly KeyValuePair<string, object?> Acknowledge = new("stage", "acknowledge");

    private static readonly KeyValuePair<string, object?>[] Reasons = EnumLabels.Of<FlushReason>("reason");

    private readonly TimeProvider _timeProvider;
    private readonly Counter<long> _flushes;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _flushedBytes;
    private readonly Histogram<double> _bytes;
    private readonly Histogram<double> _interval;
    private readonly Histogram<double> _stage;

    public FlushMetrics(Meter meter, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _flushes = Flushes.CreateCounter<long>(meter);
        Array.ForEach(Reasons, reason => _flushes.Add(0, reason));
        _failures = Failures.CreateCounter<long>(meter);
        _flushedBytes = FlushedBytes.CreateCounter<long>(meter);
        _bytes = Bytes.CreateHistogram(meter);
        _interval = Interval.CreateHistogram(meter);
        _stage = Stage.CreateHistogram(meter);
    }

    /// <summary>A flush begins.</summary>
    /// <param name="previousAt">When the one before began; <see langword="null"/>: it is the first.</param>
    /// <param name="now">When this one does.</param>
    public void OnBegun(long? previousAt, long now)
    {
        if (previousAt is { } before)
        {
            _interval.Record(_timeProvider.GetElapsedTime(before, now).TotalSeconds);
        }
    }

    /// <summary>A flush was committed.</summary>
    public void OnCommitted(Flush flush)
    {
        var times = flush.Times;
        _flushes.Add(1, Reasons[(int)flush.Reason]);
        _flushedBytes.Add(flush.Bytes);
        _bytes.Record(flush.Bytes);
        _stage.Record(_timeProvider.GetElapsedTime(times.OpenedAt, times.SealedAt).TotalSeconds, Queue);
        _stage.Record(_timeProvider.GetElapsedTime(times.SealedAt, times.UploadedAt).TotalSeconds, Upload);
        _stage.Record(_timeProvider.GetElapsedTime(times.UploadedAt, times.CommittedAt).TotalSeconds, Commit);
    }

    /// <summary>A flush was given up.</summary>
    public void OnFailed() => _failures.Add(1);

    /// <summary>The response of a request whose records a flush has committed is ready.</summary>
    public void OnAcknowledged(Flush flush, long now)
    {
        if (flush.Times.CommittedAt is > 0 and var committedAt)
        {
            _stage.Record(_timeProvider.GetElapsedTime(committedAt, now).TotalSeconds, Acknowledge);
        }
    }
}
