using Confluent.Kafka;

namespace Kafscale.Bench;

/// <summary>Produces and consumes as applications do, with Confluent.Kafka and so librdkafka.</summary>
internal sealed class ClientLoad(string bootstrapServers, string topic, int valueBytes)
{
    private const int MaxBatchBytes = 1_000_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Produces with acks=all and batches of up to 1 MB, spread evenly over the partitions.</summary>
    public Load Produce(int records)
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
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        var message = new Message<Null, byte[]> { Value = new byte[valueBytes] };
        new Random(0).NextBytes(message.Value);
        for (var i = 0; i < records; i++)
        {
            var to = new TopicPartition(topic, i % BenchTopic.Partitions);
            while (!TryProduce(producer, to, message))
            {
                producer.Poll(TimeSpan.FromMilliseconds(1));
            }
        }

        producer.Flush(Timeout);
        return new Load((long)records * valueBytes, 0, []);
    }

    /// <summary>Consumes all partitions from their beginnings with the client's default settings.</summary>
    public Load Consume(int records)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "bench",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
        };
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Assign(Enumerable.Range(0, BenchTopic.Partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var bytes = 0L;
        for (var i = 0; i < records; i++)
        {
            var result = consumer.Consume(Timeout) ?? throw new TimeoutException($"No record came for {Timeout} after {i} records.");
            bytes += result.Message.Value.Length;
        }

        return new Load(bytes, 0, []);
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
}
