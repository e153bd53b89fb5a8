using System.Diagnostics.Metrics;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>Bytes of records in and out, of all topics together; <see cref="TopicMetrics"/> has them by topic.</summary>
internal sealed class RecordMetrics
{
    public static MetricSection Section { get; } = new("Records");

    private static readonly MetricDefinition ProducedBytes = Section.Counter("kafscale_produced_bytes_total", "By", "Record bytes that producers sent.");
    private static readonly MetricDefinition FetchedBytes = Section.Counter("kafscale_fetched_bytes_total", "By", "Record bytes that consumers were sent.");

    private long _producedBytes;
    private long _fetchedBytes;

    public RecordMetrics(Meter meter)
    {
        ProducedBytes.Observe(meter, () => Interlocked.Read(ref _producedBytes));
        FetchedBytes.Observe(meter, () => Interlocked.Read(ref _fetchedBytes));
    }

    public void OnProduced(long bytes) => Interlocked.Add(ref _producedBytes, bytes);

    public void OnFetched(long bytes) => Interlocked.Add(ref _fetchedBytes, bytes);
}
