using System.Diagnostics.Metrics;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>Bytes of records in and out, of all topics together; <see cref="TopicMetrics"/> has them by topic.</summary>
internal sealed class RecordMetrics
{
    public static MetricSection Section { get; } = new("Records");

    private static readonly MetricDefinition ProducedBytes = Section.Counter("kafscale_produced_bytes_total", "By", "Record bytes that producers sent.");
    private static readonly MetricDefinition FetchedBytes = Section.Counter("kafscale_fetched_bytes_total", "By", "Record bytes that consumers were sent.");

    private static readonly MetricDefinition ConvertedMessages = Section.Counter(
        "kafscale_converted_messages_total",
        null,
        "Messages of clients before Kafka 0.11, which know no record batches: unpacked and packed again, which costs processor time. The direction is produce or fetch.",
        "direction");

    private long _producedBytes;
    private long _fetchedBytes;
    private long _convertedFromProducers;
    private long _convertedForConsumers;

    public RecordMetrics(Meter meter)
    {
        ProducedBytes.Observe(meter, () => Interlocked.Read(ref _producedBytes));
        FetchedBytes.Observe(meter, () => Interlocked.Read(ref _fetchedBytes));
        ConvertedMessages.Observe(meter, () => (Measurement<long>[])
        [
            new(Interlocked.Read(ref _convertedFromProducers), new KeyValuePair<string, object?>("direction", "produce")),
            new(Interlocked.Read(ref _convertedForConsumers), new KeyValuePair<string, object?>("direction", "fetch")),
        ]);
    }

    public void OnProduced(long bytes) => Interlocked.Add(ref _producedBytes, bytes);

    public void OnFetched(long bytes) => Interlocked.Add(ref _fetchedBytes, bytes);

    public void OnConvertedFromProducer(int messages) => Interlocked.Add(ref _convertedFromProducers, messages);

    public void OnConvertedForConsumer(int messages) => Interlocked.Add(ref _convertedForConsumers, messages);
}
