using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>
/// Idempotent producers that send without a pause, over all restarts of the broker. Each record says who has sent it and its
/// number among those of the same producer and partition.
/// </summary>
internal sealed class NumberedLoad : IAsyncDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(120);

    private readonly string _topic;
    private readonly int _partitions;
    private readonly int _maxInFlightPerProducer;
    private readonly IProducer<byte[]?, byte[]?>[] _producers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _sending;
    private readonly Lock _lock = new();
    private readonly List<Acknowledgement> _acknowledged = [];
    private readonly List<string> _failures = [];
    private long _awaitedCount = long.MaxValue;
    private TaskCompletionSource? _awaited;

    public NumberedLoad(string bootstrapServers, string topic, int partitions, int producers, int maxInFlightPerProducer = 500)
    {
        _topic = topic;
        _partitions = partitions;
        _maxInFlightPerProducer = maxInFlightPerProducer;
        _producers = [.. Enumerable.Range(0, producers).Select(index => ConfluentClient.Producer(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            CompressionType = index % 2 == 0 ? CompressionType.None : CompressionType.Lz4,
        }))];
        _sending = [.. _producers.Select((producer, index) => SendAsync(producer, index))];
    }

    /// <summary>How many records have been sent; final once the load has stopped.</summary>
    public long Sent { get; private set; }

    /// <summary>What failed for good: nothing must.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_lock)
            {
                return [.. _failures];
            }
        }
    }

    public IReadOnlyList<Acknowledgement> Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return [.. _acknowledged];
            }
        }
    }

    /// <summary>Waits for that many more acknowledgements.</summary>
    public async Task WaitForAcknowledgementsAsync(int count, TimeSpan timeout)
    {
        var awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited = awaited;
            _awaitedCount = _acknowledged.Count + count;
        }

        await awaited.Task.WaitAsync(timeout);
    }

    /// <summary>Sends no more, and waits until everything that was sent is acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_sending);
        foreach (var producer in _producers)
        {
            producer.Flush(FlushTimeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_sending);
        foreach (var producer in _producers)
        {
            producer.Dispose();
        }

        _stopping.Dispose();
    }

    /// <summary>Who has sent a record, and its number.</summary>
    public static (int Producer, int Number) Parse(ReceivedRecord record)
    {
        var parts = Encoding.UTF8.GetString(record.Value!).Split('/');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private async Task SendAsync(IProducer<byte[]?, byte[]?> producer, int producerIndex)
    {
        var padding = new string('.', 200);
        var slots = new SemaphoreSlim(_maxInFlightPerProducer);
        try
        {
            for (var i = 0; ; i++)
            {
                await slots.WaitAsync(_stopping.Token);
                var partition = i % _partitions;
                var number = i / _partitions;
                lock (_lock)
                {
                    Sent++;
                }

                producer.Produce(
                    new TopicPartition(_topic, partition),
                    new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes($"{producerIndex}/{number}/{padding}") },
                    report =>
                    {
                        OnReport(producerIndex, number, report);
                        slots.Release();
                    });
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
        catch (KafkaException exception)
        {
            lock (_lock)
            {
                _failures.Add($"producer {producerIndex}: {exception.Message}");
            }
        }
    }

    private void OnReport(int producer, int number, DeliveryReport<byte[]?, byte[]?> report)
    {
        lock (_lock)
        {
            if (report.Error.IsError)
            {
                _failures.Add($"record {producer}/{number}: {report.Error}");
                _awaited?.TrySetException(new InvalidOperationException(_failures[0]));
                return;
            }

            _acknowledged.Add(new Acknowledgement(producer, number, report.Partition.Value, report.Offset.Value));
            if (_acknowledged.Count >= _awaitedCount)
            {
                _awaited?.TrySetResult();
            }
        }
    }
}
