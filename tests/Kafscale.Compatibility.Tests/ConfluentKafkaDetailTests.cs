using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>What only some applications ask of a client, by the client that offers the most.</summary>
public sealed class ConfluentKafkaDetailTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly string _group = $"group-{Guid.NewGuid():n}";

    private string BootstrapServers => broker.Broker.BootstrapServers;

    [Theory]
    [InlineData(Acks.None)]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public async Task Every_kind_of_acknowledgement_stores_the_record(Acks acks)
    {
        await CreateTopicAsync(1);
        using (var producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = BootstrapServers, Acks = acks }))
        {
            var result = await producer.ProduceAsync(_topic, new Message<byte[]?, byte[]?> { Value = [1] }).WaitAsync(Timeout);
            Assert.Equal(acks == Acks.None ? PersistenceStatus.PossiblyPersisted : PersistenceStatus.Persisted, result.Status);
        }

        await Eventually.HoldsAsync(async () => (await Client.ListOffsetsAsync(BootstrapServers, _topic, 0)).Latest == 1, Timeout);
    }

    [Fact]
    public async Task A_cooperative_group_moves_only_the_partitions_that_must_move()
    {
        await CreateTopicAsync(6);
        await ProduceAsync([.. Enumerable.Range(0, 60).Select(i => TestRecord.Of(i % 6, "key", $"{i}"))]);
        using var one = Cooperative();
        using var two = Cooperative();

        one.Consumer.Subscribe(_topic);
        PollUntil(() => one.Assignment.Count == 6, one);
        two.Consumer.Subscribe(_topic);
        PollUntil(() => one.Assignment.Count == 3 && two.Assignment.Count == 3, one, two);

        Assert.Equal(3, one.Revoked.Count);
        Assert.Equal(one.Revoked.Order(), two.Assignment.Order());
        two.Consumer.Close();
        PollUntil(() => one.Assignment.Count == 6, one);
        Assert.Equal(3, one.Revoked.Count);
    }

    [Fact]
    public async Task A_static_member_that_comes_back_keeps_its_partitions_without_a_rebalance()
    {
        await CreateTopicAsync(4);
        using var one = Static("one");
        List<int> before;
        using (var two = Static("two"))
        {
            one.Consumer.Subscribe(_topic);
            two.Consumer.Subscribe(_topic);
            PollUntil(() => one.Assignment.Count == 2 && two.Assignment.Count == 2, one, two);
            before = [.. two.Assignment.Order()];
            two.Consumer.Close();
        }

        one.Revoked.Clear();
        using var again = Static("two");
        again.Consumer.Subscribe(_topic);
        PollUntil(() => again.Assignment.Count == 2, one, again);

        Assert.Equal(before, again.Assignment.Order());
        Assert.Empty(one.Revoked);
    }

    [Fact]
    public async Task A_member_that_dies_loses_its_partitions_after_its_session_timeout()
    {
        await CreateTopicAsync(4);
        using var one = new PolledMember(new ConsumerConfig { BootstrapServers = BootstrapServers, GroupId = _group });
        one.Consumer.Subscribe(_topic);
        await using (var other = new KcatReader(["-b", BootstrapServers, "-G", _group, "-X", "session.timeout.ms=6000", _topic], new Observed()))
        {
            PollUntil(() => one.Assignment.Count == 2 && other.Assignment.Count == 2, one);
        }

        // Disposal has killed it: it did not leave.
        PollUntil(() => one.Assignment.Count == 4, one);
        one.Consumer.Close();
    }

    [Fact]
    public async Task Offsets_are_committed_without_being_a_member()
    {
        await CreateTopicAsync(2);
        await ProduceAsync([.. Enumerable.Range(0, 20).Select(i => TestRecord.Of(i % 2, "key", $"{i}"))]);
        using var consumer = Consumer(new ConsumerConfig { EnableAutoCommit = false });
        var partition = new TopicPartition(_topic, 1);
        Assert.Equal(Offset.Unset, consumer.Committed([partition], Timeout)[0].Offset);

        consumer.Assign(new TopicPartitionOffset(partition, 3));
        Assert.Equal(3, consumer.Consume(Timeout).Offset.Value);
        consumer.Commit([new TopicPartitionOffset(partition, 7)]);

        Assert.Equal(7, consumer.Committed([partition], Timeout)[0].Offset.Value);
        Assert.Equal([KeyValuePair.Create(1, 7L)], await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic));
        using var admin = ConfluentClient.Admin(BootstrapServers);
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(_group, [new TopicPartitionOffset(partition, 2)])]);
        Assert.Equal(2, consumer.Committed([partition], Timeout)[0].Offset.Value);
    }

    [Fact]
    public async Task Without_a_committed_offset_and_a_reset_policy_the_consumer_is_told()
    {
        await CreateTopicAsync(1);
        await ProduceAsync([TestRecord.Of(0, "key", "value")]);
        using var consumer = Consumer(new ConsumerConfig { AutoOffsetReset = AutoOffsetReset.Error });

        consumer.Subscribe(_topic);

        var exception = Assert.Throws<ConsumeException>(() => consumer.Consume(Timeout));
        Assert.Equal(ErrorCode.Local_AutoOffsetReset, exception.Error.Code);
    }

    [Fact]
    public async Task A_subscription_by_pattern_finds_topics_that_come_later()
    {
        await CreateTopicAsync(1);
        using var consumer = Consumer(new ConsumerConfig { AutoOffsetReset = AutoOffsetReset.Earliest, TopicMetadataRefreshIntervalMs = 500 });
        consumer.Subscribe($"^{_topic}.*");
        await ProduceAsync([TestRecord.Of(0, "key", "first")]);
        Assert.Equal(_topic, consumer.Consume(Timeout).Topic);

        await Client.CreateTopicAsync(BootstrapServers, $"{_topic}-later", 1, new Dictionary<string, string>());
        await Client.ProduceAsync(BootstrapServers, $"{_topic}-later", [TestRecord.Of(0, "key", "second")], ProduceOptions.Default);

        Assert.Equal($"{_topic}-later", consumer.Consume(Timeout).Topic);
        consumer.Close();
    }

    [Fact]
    public async Task A_consumer_of_a_topic_that_does_not_exist_is_told_and_nothing_is_created()
    {
        using var consumer = Consumer(new ConsumerConfig());

        consumer.Subscribe(_topic);

        var exception = Assert.Throws<ConsumeException>(() => consumer.Consume(Timeout));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, exception.Error.Code);
        Assert.DoesNotContain(_topic, await Client.ListTopicsAsync(BootstrapServers));
    }

    [Fact]
    public async Task A_consumer_notices_that_its_topic_was_deleted_and_created_again()
    {
        await CreateTopicAsync(1);
        await ProduceAsync([TestRecord.Of(0, "key", "old")]);
        using var consumer = Consumer(new ConsumerConfig { AutoOffsetReset = AutoOffsetReset.Earliest, TopicMetadataRefreshIntervalMs = 500 });
        consumer.Subscribe(_topic);
        Assert.Equal("old", Text(consumer.Consume(Timeout)));

        await Client.DeleteTopicAsync(BootstrapServers, _topic);
        await CreateTopicAsync(1);
        await ProduceAsync([TestRecord.Of(0, "key", "new 1"), TestRecord.Of(0, "key", "new 2")]);

        // What the client makes of it is its own affair, as long as a new one reads the new records from their beginning.
        using var fresh = Consumer(new ConsumerConfig { AutoOffsetReset = AutoOffsetReset.Earliest, GroupId = $"{_group}-fresh" });
        fresh.Subscribe(_topic);
        Assert.Equal("new 1", Text(fresh.Consume(Timeout)));
        Assert.Equal("new 2", Text(fresh.Consume(Timeout)));
        fresh.Close();
    }

    [Fact]
    public async Task Timestamps_of_the_log_replace_those_of_the_producer_where_the_topic_says_so()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await CreateTopicAsync(1, ("message.timestamp.type", "LogAppendTime"));
        await ProduceAsync([TestRecord.Of(0, "key", "value") with { TimestampMs = 1_600_000_000_000 }]);

        using var consumer = Consumer(new ConsumerConfig { AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign(new TopicPartitionOffset(_topic, 0, Offset.Beginning));
        var timestamp = consumer.Consume(Timeout).Message.Timestamp;

        Assert.Equal(TimestampType.LogAppendTime, timestamp.Type);
        Assert.InRange(timestamp.UnixTimestampMs, before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task The_newest_timestamp_is_found()
    {
        await CreateTopicAsync(1);
        await ProduceAsync(
        [
            TestRecord.Of(0, "a", "1") with { TimestampMs = 1_700_000_000_000 },
            TestRecord.Of(0, "b", "2") with { TimestampMs = 1_700_000_009_000 },
            TestRecord.Of(0, "c", "3") with { TimestampMs = 1_700_000_003_000 },
        ]);
        using var admin = ConfluentClient.Admin(BootstrapServers);

        var found = await admin.ListOffsetsAsync([new() { TopicPartition = new(_topic, 0), OffsetSpec = OffsetSpec.MaxTimestamp() }]);

        Assert.Equal((1, 1_700_000_009_000), (found.ResultInfos[0].TopicPartitionOffsetError.Offset.Value, found.ResultInfos[0].Timestamp));
    }

    [Fact]
    public async Task The_cluster_is_described()
    {
        using var admin = ConfluentClient.Admin(BootstrapServers);

        var cluster = await admin.DescribeClusterAsync();

        var node = Assert.Single(cluster.Nodes);
        Assert.Equal(broker.Broker.Port, node.Port);
        Assert.Equal(node.Id, cluster.Controller.Id);
        Assert.NotEmpty(cluster.ClusterId);
    }

    [Fact]
    public async Task Reading_only_what_is_committed_reads_everything()
    {
        await CreateTopicAsync(1);
        await ProduceAsync([.. Enumerable.Range(0, 10).Select(i => TestRecord.Of(0, "key", $"{i}"))]);
        using var consumer = Consumer(new ConsumerConfig { IsolationLevel = IsolationLevel.ReadCommitted });

        consumer.Assign(new TopicPartitionOffset(_topic, 0, Offset.Beginning));

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), Enumerable.Range(0, 10).Select(_ => Text(consumer.Consume(Timeout))));
    }

    [Fact]
    public async Task A_wrong_configuration_is_refused_with_its_name()
    {
        var exception = await Assert.ThrowsAsync<CreateTopicsException>(() => CreateTopicAsync(1, ("retention.mss", "1")));

        Assert.Equal(ErrorCode.InvalidConfig, exception.Results[0].Error.Code);
        Assert.Contains("retention.mss", exception.Results[0].Error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offsets_of_a_group_are_deleted()
    {
        await CreateTopicAsync(2);
        using var admin = ConfluentClient.Admin(BootstrapServers);
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(_group, [new(_topic, 0, 0), new(_topic, 1, 0)])]);

        await admin.DeleteConsumerGroupOffsetsAsync(_group, [new TopicPartition(_topic, 0)]);

        Assert.Equal([1], (await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic)).Keys);
    }

    [Fact]
    public async Task Configurations_of_a_group_are_altered_described_and_removed()
    {
        const string sessionTimeout = "consumer.session.timeout.ms";
        using var admin = ConfluentClient.Admin(BootstrapServers);
        var group = new ConfigResource { Type = ResourceType.Group, Name = _group };

        await AlterAsync("50000", AlterConfigOpType.Set);
        var set = await DescribeAsync();
        Assert.Equal(("50000", ConfigSource.GroupConfig, false), (set.Value, set.Source, set.IsReadOnly));
        var refused = await Assert.ThrowsAsync<IncrementalAlterConfigsException>(() => AlterAsync("1", AlterConfigOpType.Set));
        Assert.Equal(ErrorCode.InvalidConfig, refused.Results[0].Error.Code);

        await AlterAsync("", AlterConfigOpType.Delete);
        var removed = await DescribeAsync();
        Assert.Equal(("45000", ConfigSource.DefaultConfig), (removed.Value, removed.Source));

        Task AlterAsync(string value, AlterConfigOpType operation) => admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [group] = [new ConfigEntry { Name = sessionTimeout, Value = value, IncrementalOperation = operation }],
        });

        async Task<ConfigEntryResult> DescribeAsync() => (await admin.DescribeConfigsAsync([group]))[0].Entries[sessionTimeout];
    }

    private static string Text(ConsumeResult<byte[]?, byte[]?>? result)
    {
        Assert.NotNull(result);
        return System.Text.Encoding.UTF8.GetString(result.Message.Value!);
    }

    private static void PollUntil(Func<bool> condition, params ReadOnlySpan<PolledMember> members)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            foreach (var member in members)
            {
                member.Consumer.Consume(TimeSpan.FromMilliseconds(50));
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, $"Not within {Timeout}: {string.Join("; ", members.ToArray().AsEnumerable())}");
        }
    }

    private Task CreateTopicAsync(int partitions, params (string Name, string Value)[] configs) =>
        Client.CreateTopicAsync(BootstrapServers, _topic, partitions, configs.ToDictionary(config => config.Name, config => config.Value));

    private Task ProduceAsync(IReadOnlyList<TestRecord> records) =>
        Client.ProduceAsync(BootstrapServers, _topic, records, ProduceOptions.Default);

    private IConsumer<byte[]?, byte[]?> Consumer(ConsumerConfig config)
    {
        config.BootstrapServers = BootstrapServers;
        config.GroupId ??= _group;
        return ConfluentClient.Consumer(config).Build();
    }

    private PolledMember Cooperative() => new(new ConsumerConfig
    {
        BootstrapServers = BootstrapServers,
        GroupId = _group,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
    });

    private PolledMember Static(string instanceId) => new(new ConsumerConfig
    {
        BootstrapServers = BootstrapServers,
        GroupId = _group,
        GroupInstanceId = instanceId,
    });
}
