using System.Diagnostics.Metrics;

namespace Kafscale.Broker.Telemetry;

/// <summary>What the process itself uses: time, processor and memory.</summary>
public sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new(PrometheusExporter.MeterPrefix + ".Process");
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
        _meter.CreateObservableGauge(
            "kafscale_broker_uptime_seconds",
            () => _timeProvider.GetElapsedTime(_started).TotalSeconds,
            description: "Seconds since the process started.");
        _meter.CreateObservableGauge(
            "kafscale_broker_cpu_percent",
            ProcessorPercent,
            description: "Processor time since the last scrape, in percent of one core.");
        _meter.CreateObservableGauge(
            "kafscale_broker_mem_alloc_bytes",
            () => GC.GetTotalMemory(forceFullCollection: false),
            description: "Bytes of objects on the managed heap, garbage that is not collected yet included.");
        _meter.CreateObservableGauge(
            "kafscale_broker_heap_inuse_bytes",
            () => GC.GetGCMemoryInfo().HeapSizeBytes,
            description: "Bytes of the managed heap at the last collection.");
        _meter.CreateObservableGauge(
            "kafscale_broker_mem_sys_bytes",
            () => Environment.WorkingSet,
            description: "Bytes of physical memory that the process occupies.");
        _meter.CreateObservableCounter(
            "kafscale_broker_mem_allocated_bytes_total",
            () => GC.GetTotalAllocatedBytes(),
            description: "Bytes of managed memory that were allocated since the process started.");
        _meter.CreateObservableCounter(
            "kafscale_broker_gc_collections_total",
            CollectionsByGeneration,
            description: "Garbage collections; one of an older generation counts for the younger ones too.");
        _meter.CreateObservableCounter(
            "kafscale_broker_gc_pause_seconds_total",
            () => GC.GetTotalPauseDuration().TotalSeconds,
            description: "Seconds for which garbage collections stopped the process.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

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
