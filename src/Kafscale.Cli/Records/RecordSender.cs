using Confluent.Kafka;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Records;

/// <summary>Sends records to a topic, as many at a time as the producer takes, and counts what becomes of them.</summary>
/// <param name="producer">Whose own they are until they are acknowledged.</param>
/// <param name="topic">Where to.</param>
/// <param name="onAcknowledged">Told of each record that is durable; by one thread at a time.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RecordSender(
    IProducer<byte[]?, byte[]?> producer, string topic, Action<DeliveryReport<byte[]?, byte[]?>> onAcknowledged, TimeProvider timeProvider)
{
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan FlushStep = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private Error? _firstFailure;
    private long _acknowledged;
    private long _failed;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Why the first record that failed did; null while none has.</summary>
    public Error? FirstFailure
    {
        get
        {
            lock (_lock)
            {
                return _firstFailure;
            }
        }
    }

    /// <summary>Hands a record over; waits where the producer has too many.</summary>
    public async ValueTask SendAsync(OutgoingRecord record, CancellationToken cancellationToken)
    {
        var target = new TopicPartition(topic, record.Partition is { } partition ? partition : Partition.Any);
        var message = record.ToMessage();
        while (true)
        {
            try
            {
                producer.Produce(target, message, OnDelivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Delay(QueueFullPause, timeProvider, cancellationToken);
            }
            catch (ProduceException<byte[]?, byte[]?> e)
            {
                Fail(e.Error);
                return;
            }
        }
    }

    /// <summary>Waits until something has become of every record; each has a timeout of its own, so that this ends.</summary>
    public void Flush()
    {
        while (producer.Flush(FlushStep) > 0)
        {
        }
    }

    private void OnDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            Fail(report.Error);
        }
        else
        {
            Interlocked.Increment(ref _acknowledged);
            onAcknowledged(report);
        }
    }

    private void Fail(Error error)
    {
        Interlocked.Increment(ref _failed);
        lock (_lock)
        {
            _firstFailure ??= error;
        }
    }
}
