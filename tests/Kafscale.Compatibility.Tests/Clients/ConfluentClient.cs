using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>Confluent.Kafka, in this process. The other clients' tests use it to prepare and to check.</summary>
internal sealed class ConfluentClient : KafkaClient
{
    public static readonly ConfluentClient Instance = new();

    public override string Name => "Confluent.Kafka";

    public override IReadOnlySet<ClientFeature> Features { get; } = Enum.GetValues<ClientFeature>().ToHashSet();

    public static IAdminClient Admin(string bootstrapServers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).SetLogHandler((_, _) => { }).Build();

    public static IProducer<byte[]?, byte[]?> Producer(ProducerConfig config) =>
        new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { }).Build();

    public static ConsumerBuilder<byte[]?, byte[]?> Consumer(ConsumerConfig config) =>
        new ConsumerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { });

    /// <summary>The log end of each partition.</summary>
    public static async Task<IReadOnlyDictionary<int, long>> EndsAsync(string bootstrapServers, string topic)
    {
        using var admin = Admin(bootstrapServers);
        var description = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        var partitions = description.TopicDescriptions[0].Partitions.Select(partition => new TopicPartition(topic, partition.Partition)).ToList();
        IReadOnlyList<TopicPartitionOffsetError> ends = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                ends = await LatestAsync(admin, partitions);
                return ends.All(end => !IsOfMovingLeader(end.Error));
            },
            Timeout,
            $"Every partition of {topic} is led");
        Assert.Equal(partitions.Count, ends.Count);
        Assert.All(ends, end => Assert.False(end.Error.IsError, end.ToString()));
        return ends.ToDictionary(end => end.Partition.Value, end => end.Offset.Value);
    }

    public static ReceivedRecord Received(ConsumeResult<byte[]?, byte[]?> result) => new(
        result.Partition.Value,
        result.Offset.Value,
        result.Message.Timestamp.UnixTimestampMs,
        result.Message.Key,
        result.Message.Value,
        [.. result.Message.Headers.Select(header => KeyValuePair.Create(header.Key, (byte[]?)header.GetValueBytes()))]);

    public override async Task ProduceAsync(
        string bootstrapServers, string topic, IReadOnlyList<TestRecord> records, ProduceOptions options)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrapServers };
        if (options.Compression is { } compression)
        {
            config.CompressionType = Enum.Parse<CompressionType>(compression, ignoreCase: true);
        }

        if (options.Idempotent)
        {
            config.EnableIdempotence = true;
        }

        if (options.MaxMessageBytes is { } maxMessageBytes)
        {
            config.MessageMaxBytes = maxMessageBytes;
        }

        using var producer = Producer(config);
        var acknowledged = new List<Task>(records.Count);
        foreach (var record in records)
        {
            var headers = new Headers();
            foreach (var (key, value) in record.Headers)
            {
                headers.Add(key, value);
            }

            var message = new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Headers = headers };
            if (record.TimestampMs is { } timestampMs)
            {
                message.Timestamp = new Timestamp(timestampMs, TimestampType.CreateTime);
            }

            var partition = new TopicPartition(topic, record.Partition < 0 ? Partition.Any : record.Partition);
            acknowledged.Add(producer.ProduceAsync(partition, message));
        }

        await Task.WhenAll(acknowledged).WaitAsync(Timeout);
    }

    public override async Task<IReadOnlyList<ReceivedRecord>> ReadAsync(
        string bootstrapServers, string topic, ReadStart start, IReadOnlyDictionary<int, long> ends)
    {
        await Task.Yield();
        using var consumer = Consumer(new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = $"read-{Guid.NewGuid()}" }).Build();
        var starts = start.TimestampMs is { } timestampMs
            ? consumer.OffsetsForTimes(
                ends.Keys.Select(partition => new TopicPartitionTimestamp(topic, partition, new Timestamp(timestampMs, TimestampType.CreateTime))),
                Timeout)
            : [.. ends.Keys.Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning))];
        var left = starts
            .Where(partition => partition.Offset != Offset.End && partition.Offset.Value < ends[partition.Partition.Value] && ends[partition.Partition.Value] > 0)
            .Select(partition => partition.Partition.Value).ToHashSet();
        consumer.Assign(starts.Where(partition => left.Contains(partition.Partition.Value)));

        var records = new List<ReceivedRecord>();
        while (left.Count > 0)
        {
            var result = consumer.Consume(Timeout) ?? throw new TimeoutException($"Only {records.Count} records came; {string.Join(',', left)} are not at their ends.");
            if (left.Contains(result.Partition.Value))
            {
                records.Add(Received(result));
                if (result.Offset.Value >= ends[result.Partition.Value] - 1)
                {
                    left.Remove(result.Partition.Value);
                }
            }
        }

        consumer.Close();
        return records;
    }

    public override Task<Reader> ReadFromEndAsync(string bootstrapServers, string topic, Observed observed) =>
        Task.FromResult<Reader>(ConfluentReader.FromEnd(bootstrapServers, topic, observed));

    public override Task<Reader> JoinGroupAsync(string bootstrapServers, string group, string topic, Observed observed) =>
        Task.FromResult<Reader>(ConfluentReader.Member(bootstrapServers, group, topic, observed));

    public override Task<string?> TransactionErrorAsync(string bootstrapServers, string topic)
    {
        using var producer = Producer(new ProducerConfig { BootstrapServers = bootstrapServers, TransactionalId = "transaction" });
        try
        {
            producer.InitTransactions(Timeout);
            producer.BeginTransaction();
            producer.Produce(topic, new Message<byte[]?, byte[]?> { Value = [1] });
            producer.CommitTransaction(Timeout);
            return Task.FromResult<string?>(null);
        }
        catch (KafkaException exception)
        {
            return Task.FromResult<string?>(exception.Message);
        }
    }

    public override async Task CreateTopicAsync(
        string bootstrapServers, string topic, int partitions, IReadOnlyDictionary<string, string> configs)
    {
        using var admin = Admin(bootstrapServers);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, Configs = new(configs) }]);
    }

    public override Task<IReadOnlyList<string>> ListTopicsAsync(string bootstrapServers)
    {
        using var admin = Admin(bootstrapServers);
        return Task.FromResult<IReadOnlyList<string>>([.. admin.GetMetadata(Timeout).Topics.Select(topic => topic.Topic)]);
    }

    public override async Task<int> DescribeTopicAsync(string bootstrapServers, string topic)
    {
        using var admin = Admin(bootstrapServers);
        var result = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        Assert.All(result.TopicDescriptions[0].Partitions, partition => Assert.NotNull(partition.Leader));
        return result.TopicDescriptions[0].Partitions.Count;
    }

    public override async Task CreatePartitionsAsync(string bootstrapServers, string topic, int count)
    {
        using var admin = Admin(bootstrapServers);
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = count }]);
    }

    public override async Task<IReadOnlyDictionary<string, string?>> DescribeConfigsAsync(string bootstrapServers, string topic)
    {
        using var admin = Admin(bootstrapServers);
        var result = await admin.DescribeConfigsAsync([Resource(topic)]);
        return result[0].Entries.ToDictionary(entry => entry.Key, entry => (string?)entry.Value.Value);
    }

    public override async Task AlterConfigAsync(string bootstrapServers, string topic, string name, string value)
    {
        using var admin = Admin(bootstrapServers);
        await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [Resource(topic)] = [new ConfigEntry { Name = name, Value = value, IncrementalOperation = AlterConfigOpType.Set }],
        });
    }

    public override async Task<(long Earliest, long Latest)> ListOffsetsAsync(string bootstrapServers, string topic, int partition)
    {
        using var admin = Admin(bootstrapServers);
        return (await ListOffsetAsync(admin, OffsetSpec.Earliest()), await ListOffsetAsync(admin, OffsetSpec.Latest()));

        async Task<long> ListOffsetAsync(IAdminClient client, OffsetSpec offset)
        {
            var result = await client.ListOffsetsAsync([new() { TopicPartition = new(topic, partition), OffsetSpec = offset }]);
            return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
        }
    }

    public override async Task DeleteRecordsAsync(string bootstrapServers, string topic, int partition, long beforeOffset)
    {
        using var admin = Admin(bootstrapServers);
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, partition, beforeOffset)]);
    }

    public override async Task<IReadOnlyList<string>> ListGroupsAsync(string bootstrapServers)
    {
        using var admin = Admin(bootstrapServers);
        var result = await admin.ListConsumerGroupsAsync();
        return [.. result.Valid.Select(group => group.GroupId)];
    }

    public override async Task<(string State, int Members)> DescribeGroupAsync(string bootstrapServers, string group)
    {
        using var admin = Admin(bootstrapServers);
        var result = await admin.DescribeConsumerGroupsAsync([group]);
        var description = result.ConsumerGroupDescriptions[0];
        return (description.State.ToString(), description.Members.Count);
    }

    public override async Task<IReadOnlyDictionary<int, long>> GroupOffsetsAsync(string bootstrapServers, string group, string topic)
    {
        using var admin = Admin(bootstrapServers);
        var result = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        return result[0].Partitions.Where(partition => partition.Topic == topic && partition.Offset.Value >= 0)
            .ToDictionary(partition => partition.Partition.Value, partition => partition.Offset.Value);
    }

    public override async Task DeleteGroupAsync(string bootstrapServers, string group)
    {
        using var admin = Admin(bootstrapServers);
        await admin.DeleteGroupsAsync([group]);
    }

    public override async Task DeleteTopicAsync(string bootstrapServers, string topic)
    {
        using var admin = Admin(bootstrapServers);
        await admin.DeleteTopicsAsync([topic]);
    }

    // The admin client of librdkafka does not ask again where a partition moves, as its producers and consumers do.
    private static bool IsOfMovingLeader(Error error) => error.Code
        is ErrorCode.NotLeaderForPartition or ErrorCode.LeaderNotAvailable or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch;

    private static async Task<IReadOnlyList<TopicPartitionOffsetError>> LatestAsync(IAdminClient admin, IReadOnlyList<TopicPartition> partitions)
    {
        try
        {
            var result = await admin.ListOffsetsAsync(
                partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }));
            return [.. result.ResultInfos.Select(info => info.TopicPartitionOffsetError)];
        }
        catch (ListOffsetsException e)
        {
            return [.. e.Result.ResultInfos.Select(info => info.TopicPartitionOffsetError)];
        }
    }

    private static ConfigResource Resource(string topic) => new() { Type = ResourceType.Topic, Name = topic };
}
