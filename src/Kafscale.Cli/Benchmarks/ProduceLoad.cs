using Confluent.Kafka;

namespace Kafscale.Cli.Benchmarks;

/// <summary>Produces the same record again and again with several producers in turn, and measures when each is acknowledged.</summary>
internal sealed class ProduceLoad(IReadOnlyList<IProducer<byte[]?, byte[]?>> producers, string topic, byte[] payload, TimeProvider timeProvider)
{
    private const int RecordsPerLook = 256;
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan FlushStep = TimeSpan.FromMilliseconds(100);

    private long _acknowledged;
    private long _failed;
    private Error? _firstFailure;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Why the first record that failed did.</summary>
    public Error? FirstFailure => Volatile.Read(ref _firstFailure);

    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Produces until there is enough, and waits for all acknowledgements.</summary>
    /// <param name="count">How many records at most.</param>
    /// <param name="goesOn">Asked now and then.</param>
    /// <param name="recordsPerSecond">Not faster than that; null: as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task RunAsync(long count, Func<bool> goesOn, int? recordsPerSecond, CancellationToken cancellationToken)
    {
        var startedAt = timeProvider.GetTimestamp();
        for (var sent = 0L; sent < count && FirstFailure is null; sent++)
        {
            if (sent % RecordsPerLook == 0 || recordsPerSecond is not null)
            {
                if (cancellationToken.IsCancellationRequested || !goesOn())
                {
                    break;
                }

                if (recordsPerSecond is { } rate && TimeSpan.FromSeconds((double)sent / rate) - timeProvider.GetElapsedTime(startedAt) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early, timeProvider, CancellationToken.None);
                }
            }

            await ProduceAsync(producers[(int)(sent % producers.Count)]);
        }

        foreach (var producer in producers)
        {
            while (producer.Flush(FlushStep) > 0)
            {
                _ = goesOn();
            }
        }
    }

    private async ValueTask ProduceAsync(IProducer<byte[]?, byte[]?> producer)
    {
        while (true)
        {
            try
            {
                var sentAt = timeProvider.GetTimestamp();
                producer.Produce(topic, new Message<byte[]?, byte[]?> { Value = payload }, report => OnDelivered(report.Error, sentAt));
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Delay(QueueFullPause, timeProvider, CancellationToken.None);
            }
        }
    }

    private void OnDelivered(Error error, long sentAt)
    {
        if (error.IsError)
        {
            Interlocked.CompareExchange(ref _firstFailure, error, null);
            Interlocked.Increment(ref _failed);
        }
        else
        {
            Latencies.Add(timeProvider.GetElapsedTime(sentAt));
            Interlocked.Increment(ref _acknowledged);
        }
    }
}
