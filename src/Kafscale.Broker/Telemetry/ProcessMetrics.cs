using System.Diagnostics.Metrics;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>What the process itself uses: time, processor and memory, and what the runtime tells of itself.</summary>
public sealed class ProcessMetrics : IDisposable
{
    internal static MetricSection Section { get; } = new("Process");

    private static readonly MetricDefinition Uptime = Section.Gauge("kafscale_broker_uptime_seconds", "s", "Seconds since the process started.");

    private static readonly MetricDefinition Processor = Section.Gauge(
        "kafscale_broker_cpu_percent", null, "Processor time since the last scrape, in percent of one core.");

    private static readonly MetricDefinition Allocated = Section.Gauge(
        "kafscale_broker_mem_alloc_bytes", "By", "Bytes of objects on the managed heap, garbage that is not collected yet included.");

    private static readonly MetricDefinition Heap = Section.Gauge(
        "kafscale_broker_heap_inuse_bytes", "By", "Bytes of the managed heap at the last collection.");

    private static readonly MetricDefinition WorkingSet = Section.Gauge(
        "kafscale_broker_mem_sys_bytes", "By", "Bytes of physical memory that the process occupies.");

    private static readonly MetricDefinition AllocatedTotal = Section.Counter(
        "kafscale_broker_mem_allocated_bytes_total", "By", "Bytes of managed memory that were allocated since the process started.");

    private static readonly MetricDefinition Collections = Section.Counter(
        "kafscale_broker_gc_collections_total", null, "Garbage collections; one of an older generation counts for the younger ones too.", "generation");

    private static readonly MetricDefinition Pauses = Section.Counter(
        "kafscale_broker_gc_pause_seconds_total", "s", "Seconds for which garbage collections stopped the process.");

    /// <summary>The name of the meter.</summary>
    public const string MeterName = PrometheusExporter.MeterPrefix + ".Process";

    private readonly Meter _meter = new(MeterName);
    private readonly RuntimeMetrics _runtime;
    private readonly TimeProvider _timeProvider;
    private readonly long _started;
    private long _lastTimestamp;
    private TimeSpan _lastProcessorTime;

    /// <summary>Creates the instruments; the uptime counts from here.</summary>
    public ProcessMetrics(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _started = _lastTimestamp = timeProvider.GetTimestamp();
        _lastProcessorTime = Environment.CpuUsage.TotalTime;
        _runtime = new RuntimeMetrics(_meter);
        Uptime.Observe(_meter, () => _timeProvider.GetElapsedTime(_started).TotalSeconds);
        Processor.Observe(_meter, ProcessorPercent);
        Allocated.Observe(_meter, () => GC.GetTotalMemory(forceFullCollection: false));
        Heap.Observe(_meter, () => GC.GetGCMemoryInfo().HeapSizeBytes);
        WorkingSet.Observe(_meter, () => Environment.WorkingSet);
        AllocatedTotal.Observe(_meter, () => GC.GetTotalAllocatedBytes());
        Collections.Observe(_meter, CollectionsByGeneration);
        Pauses.Observe(_meter, () => GC.GetTotalPauseDuration().TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runtime.Dispose();
        _meter.Dispose();
    }

    private static IEnumerable<Measurement<int>> CollectionsByGeneration()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            yield return new Measurement<int>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation));
        }
    }

    private double ProcessorPercent()
    {
        var timestamp = _timeProvider.GetTimestamp();
        var processorTime = Environment.CpuUsage.TotalTime;
        var elapsed = _timeProvider.GetElapsedTime(_lastTimestamp, timestamp);
        var percent = elapsed > TimeSpan.Zero ? 100 * (processorTime - _lastProcessorTime) / elapsed : 0;
        _lastTimestamp = timestamp;
        _lastProcessorTime = processorTime;
        return percent;
    }
}
