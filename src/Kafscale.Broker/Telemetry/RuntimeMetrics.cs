using System.Diagnostics.Metrics;
using System.Runtime;
using System.Runtime.ExceptionServices;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>What the .NET runtime does: threads, locks, compilation, the heap by generation, exceptions.</summary>
internal sealed class RuntimeMetrics : IDisposable
{
    public static MetricSection Section { get; } = new(".NET runtime");

    private static readonly MetricDefinition Threads = Section.Gauge("dotnet_thread_pool_threads", null, "Threads of the thread pool.");

    private static readonly MetricDefinition Queue = Section.Gauge("dotnet_thread_pool_queue_length", null, "Work items that wait for a thread of the pool.");

    private static readonly MetricDefinition WorkItems = Section.Counter("dotnet_thread_pool_work_items_total", null, "Work items that the pool has done.");

    private static readonly MetricDefinition Contentions = Section.Counter(
        "dotnet_monitor_lock_contentions_total", null, "Times that a thread had to wait for a monitor lock.");

    private static readonly MetricDefinition Methods = Section.Counter("dotnet_jit_compiled_methods_total", null, "Methods that were compiled, each tier by itself.");

    private static readonly MetricDefinition Compilation = Section.Counter("dotnet_jit_compilation_seconds_total", "s", "Time for that.");

    private static readonly MetricDefinition Heap = Section.Gauge(
        "dotnet_gc_heap_bytes", "By", "Bytes of the heap after the last collection, by generation.", "generation");

    private static readonly MetricDefinition Fragmentation = Section.Gauge(
        "dotnet_gc_heap_fragmentation_bytes", "By", "Bytes of these between objects.", "generation");

    private static readonly MetricDefinition Committed = Section.Gauge(
        "dotnet_gc_committed_bytes", "By", "Bytes that the collector held of the system at the last collection.");

    private static readonly MetricDefinition Exceptions = Section.Counter("dotnet_exceptions_total", null, "Exceptions that were thrown, caught ones included.");

    private static readonly string[] Generations = ["gen0", "gen1", "gen2", "loh", "poh"];

    private long _exceptionCount;

    public RuntimeMetrics(Meter meter)
    {
        Threads.Observe(meter, () => (long)ThreadPool.ThreadCount);
        Queue.Observe(meter, () => ThreadPool.PendingWorkItemCount);
        WorkItems.Observe(meter, () => ThreadPool.CompletedWorkItemCount);
        Contentions.Observe(meter, () => Monitor.LockContentionCount);
        Methods.Observe(meter, () => JitInfo.GetCompiledMethodCount());
        Compilation.Observe(meter, () => JitInfo.GetCompilationTime().TotalSeconds);
        Heap.Observe(meter, () => OfGenerations(static generation => generation.SizeAfterBytes));
        Fragmentation.Observe(meter, () => OfGenerations(static generation => generation.FragmentationAfterBytes));
        Committed.Observe(meter, () => GC.GetGCMemoryInfo().TotalCommittedBytes);
        Exceptions.Observe(meter, () => Interlocked.Read(ref _exceptionCount));
        AppDomain.CurrentDomain.FirstChanceException += OnException;
    }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnException;

    private static List<Measurement<long>> OfGenerations(Func<GCGenerationInfo, long> read)
    {
        var measured = new List<Measurement<long>>();
        var infos = GC.GetGCMemoryInfo().GenerationInfo;
        for (var i = 0; i < infos.Length && i < Generations.Length; i++)
        {
            measured.Add(new Measurement<long>(read(infos[i]), new KeyValuePair<string, object?>("generation", Generations[i])));
        }

        return measured;
    }

    private void OnException(object? sender, FirstChanceExceptionEventArgs e) => Interlocked.Increment(ref _exceptionCount);
}
