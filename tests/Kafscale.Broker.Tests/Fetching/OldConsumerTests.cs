using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Fetching;

/// <summary>Consumers before Kafka 0.11, which read message sets.</summary>
public sealed class OldConsumerTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    public async Task Records_are_read_as_messages_without_their_headers(short version, byte magic)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var batch = new RecordBatchBuilder { CompressionType = CompressionType.Zstd }
            .Append(1000, [(byte)'k'], [(byte)'v'], new RecordHeader("header", [1]))
            .Append(1001, null, null);
        await broker.MustProduceAsync("orders", 0, batch.Build(), Batches.Of("c"));

        var fetched = await broker.FetchOldAsync(version, "orders", 0, 0);

        Assert.Equal((ErrorCode.None, 3), (fetched.Error, fetched.HighWatermark));
        Assert.Equal(
            [
                new(0, magic, magic == 0 ? -1 : 1000, TimestampType.CreateTime, "k", "v"),
                new(1, magic, magic == 0 ? -1 : 1001, TimestampType.CreateTime, null, null),
                new(2, magic, magic == 0 ? -1 : Batches.Timestamp, TimestampType.CreateTime, null, "c"),
            ],
            fetched.Messages);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Every_offset_can_be_begun_at_also_inside_a_batch(CompressionType type)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        string[] values = [.. Enumerable.Range(0, 20).Select(i => $"value {i}")];
        foreach (var some in values.Chunk(7))
        {
            await broker.MustProduceAsync("orders", 0, Batches.Build(new RecordBatchBuilder { CompressionType = type }, Batches.Timestamp, some));
        }

        for (var offset = 0; offset <= values.Length; offset++)
        {
            var fetched = await broker.FetchOldAsync(2, "orders", 0, offset);
            Assert.Equal(values[offset..], fetched.Messages.Select(message => message.Value));
            Assert.Equal(Enumerable.Range(offset, values.Length - offset), fetched.Messages.Select(message => (int)message.Offset));
        }
    }

    [Fact]
    public async Task At_least_one_whole_message_comes_and_else_no_more_than_asked_for()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Of([.. Enumerable.Repeat(new string('x', 66), 10)]));

        Assert.Equal((1, 100), await ReadAsync(0, 1));
        Assert.Equal((1, 100), await ReadAsync(0, 199));
        Assert.Equal((2, 200), await ReadAsync(0, 200));
        Assert.Equal((5, 500), await ReadAsync(5, 100_000));

        async Task<(int, int)> ReadAsync(long offset, int maxBytes)
        {
            var fetched = await broker.FetchOldAsync(2, "orders", 0, offset, maxBytes);
            Assert.Equal(offset, fetched.Messages[0].Offset);
            return (fetched.Messages.Count, fetched.Length);
        }
    }

    [Fact]
    public async Task All_partitions_get_their_share_of_what_a_response_may_have()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 4);
        for (var partition = 0; partition < 3; partition++)
        {
            await broker.MustProduceAsync("orders", partition, Batches.Of([.. Enumerable.Repeat(new string('x', 66), 10)]));
        }

        var request = Fetches.Of(1_000_000, ("orders", 0, 0), ("orders", 1, 0), ("orders", 2, 8), ("orders", 3, 0), ("orders", 1, 99));
        request.MaxBytes = 900;
        var fetched = await broker.FetchOldAsync(3, request);

        Assert.Equal([3, 3, 2, 0, 0], fetched.Select(partition => partition.Messages.Count));
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.OffsetOutOfRange], fetched.Select(partition => partition.Error));

        // A message that fits is not left for the next time, because the next time is as this.
        request = Fetches.Of(100, ("orders", 0, 0), ("orders", 1, 0), ("orders", 2, 0));
        request.MaxBytes = 250;
        Assert.Equal([1, 1, 0], (await broker.FetchOldAsync(3, request)).Select(partition => partition.Messages.Count));
    }

    [Fact]
    public async Task A_message_larger_than_any_limit_is_returned_whole()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.OfSize(3_000_000), Batches.Of("next"));

        Assert.Equal(3_000_000, Assert.Single((await broker.FetchOldAsync(2, "orders", 0, 0, maxBytes: 1_000)).Messages).Value!.Length);
        Assert.Equal("next", Assert.Single((await broker.FetchOldAsync(2, "orders", 0, 1, maxBytes: 1_000)).Messages).Value);
    }

    [Fact]
    public async Task A_consumer_waits_for_new_messages()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");

        var fetching = broker.FetchOldAsync(0, Fetches.Waiting(60_000, 1, ("orders", 0, 0)));
        await broker.MustProduceAsync("orders", "a");

        Assert.Equal("a", Assert.Single(Assert.Single(await fetching).Messages).Value);
    }

    [Fact]
    public async Task Merged_segments_are_read_as_the_tail_is()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", "a", "b");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);
        await broker.MustProduceAsync("orders", "c");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 3);
        broker = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(["b", "c"], (await broker.FetchOldAsync(2, "orders", 0, 1)).Messages.Select(message => message.Value));
    }

    [Fact]
    public async Task A_broker_that_does_not_know_whether_there_is_more_is_taken_for_no_leader()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await broker.FetchOldAsync(2, "orders", 0, 0)).Error);
        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single((await broker.FetchAsync(Fetches.Of(1, ("orders", 0, 0)), 11)).Partitions).Error);
    }
}
