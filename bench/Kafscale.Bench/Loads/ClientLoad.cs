using System.Diagnostics;
using Confluent.Kafka;

namespace Kafscale.Bench.Loads;

/// <summary>Produces and consumes as applications do, with Confluent.Kafka and so librdkafka.</summary>
internal sealed class ClientLoad(string bootstrapServers, TopicShape topic, int recordBytes)
{
    private const int MaxBatchBytes = 1_000_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Produces with acks=all and batches of up to 1 MB, spread evenly over the partitions.</summary>
    public LoadResult Produce(int records)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            Acks = Acks.All,
            BatchSize = MaxBatchBytes,
            BatchNumMessages = 100_000,
            LingerMs = 20,
            QueueBufferingMaxKbytes = 256 * 1024,
            QueueBufferingMaxMessages = 1_000_000,
            EnableDeliveryReports = false,
        };
        var startedAt = Stopwatch.GetTimestamp();
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        var message = new Message<Null, byte[]> { Value = new byte[recordBytes] };
        new Random(0).NextBytes(message.Value);
        for (var i = 0; i < records; i++)
        {
            var to = new TopicPartition(topic.Name, i % topic.Partitions);
            while (!TryProduce(producer, to, message))
            {
                producer.Poll(TimeSpan.FromMilliseconds(1));
            }
        }

        if (producer.Flush(Timeout) is var unsent and > 0)
        {
            throw new TimeoutException($"{unsent} records were not acknowledged within {Timeout}.");
        }

        return ResultOf(records, startedAt);
    }

    /// <summary>Consumes from the beginnings of all partitions with the client's default settings.</summary>
    public LoadResult Consume(int records)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "bench",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
        };
        var startedAt = Stopwatch.GetTimestamp();
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Assign(Enumerable.Range(0, topic.Partitions).Select(partition => new TopicPartitionOffset(topic.Name, partition, Offset.Beginning)));
        for (var i = 0; i < records; i++)
        {
            if (consumer.Consume(Timeout) is null)
            {
                throw new TimeoutException($"No record came for {Timeout} after {i} records.");
            }
        }

        return ResultOf(records, startedAt);
    }

    private static bool TryProduce(IProducer<Null, byte[]> producer, TopicPartition to, Message<Null, byte[]> message)
    {
        try
        {
            producer.Produce(to, message);
            return true;
        }
        catch (ProduceException<Null, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private LoadResult ResultOf(int records, long startedAt) =>
        new() { Duration = Stopwatch.GetElapsedTime(startedAt), Requests = 0, PayloadBytes = (long)records * recordBytes };
}
