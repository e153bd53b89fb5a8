using System.Buffers.Binary;
using Kafscale.Broker.Partitions;
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

    [Fact]
    public async Task Batches_without_anything_for_consumers_are_read_past()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");

        // The markers of two transactions.
        await AppendAsync(broker, new RecordBatchBuilder { IsControl = true }.Append(0, [0, 0, 0, 1], [0, 0, 0, 0, 0, 0]).Build());
        await AppendAsync(broker, new RecordBatchBuilder { IsControl = true }.Append(0, [0, 0, 0, 0], [0, 0, 0, 0, 0, 0]).Build());
        await broker.MustProduceAsync("orders", "c");

        Assert.Equal([(0, "a"), (3, "c")], await ReadAsync(0, 1_000));
        Assert.Equal([(3, "c")], await ReadAsync(1, 1));
        Assert.Equal([(3, "c")], await ReadAsync(2, 1));

        async Task<List<(long, string?)>> ReadAsync(long offset, int maxBytes) =>
            (await broker.FetchOldAsync(2, "orders", 0, offset, maxBytes)).Messages.ConvertAll(message => (message.Offset, message.Value));
    }

    [Fact]
    public async Task A_log_that_ends_with_nothing_for_consumers_is_read_to_its_end()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await AppendAsync(broker, new RecordBatchBuilder { IsControl = true }.Append(0, [0, 0, 0, 1], [0, 0, 0, 0, 0, 0]).Build());

        var fetched = await broker.FetchOldAsync(2, "orders", 0, 1);

        Assert.Equal((ErrorCode.None, 2, 0), (fetched.Error, fetched.HighWatermark, fetched.Messages.Count));
    }

    [Fact]
    public async Task Messages_before_a_damaged_batch_are_read_and_who_comes_to_it_is_told()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");

        // Right by its checksum, but it says that it has more than it has.
        await AppendAsync(broker, With(Batches.Of("b"), lastOffsetDelta: 1, recordCount: 2));
        await broker.MustProduceAsync("orders", "c");

        Assert.Equal(["a", "b"], (await broker.FetchOldAsync(2, "orders", 0, 0)).Messages.Select(message => message.Value));
        var damaged = await broker.FetchOldAsync(2, "orders", 0, 2);
        Assert.Equal((ErrorCode.CorruptMessage, 0), (damaged.Error, damaged.Messages.Count));
        Assert.Equal("c", Assert.Single((await broker.FetchOldAsync(2, "orders", 0, 3)).Messages).Value);
    }

    [Fact]
    public async Task A_store_that_fails_is_no_leader_to_these_consumers()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        var next = await cluster.CrashAndRestartAsync(broker);
        next.Faults.FailBefore(StoreOperation.ObjectRead);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await next.FetchOldAsync(3, "orders", 0, 0)).Error);
        Assert.Equal("a", Assert.Single((await next.FetchOldAsync(3, "orders", 0, 0)).Messages).Value);
    }

    [Fact]
    public async Task Many_at_once_get_what_they_ask_for_though_they_share_memory()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.OfSize(2_000_000));

        // Each asks for more than half of what all may have, and the message is larger than every second asks for.
        var fetches = Enumerable.Range(0, 8).Select(i => broker.FetchOldAsync(2, "orders", 0, 0, i % 2 == 0 ? 100 * 1024 * 1024 : 10));

        Assert.All(await Task.WhenAll(fetches), fetched => Assert.Equal(2_000_000, Assert.Single(fetched.Messages).Value!.Length));
    }

    // What no producer may send: past the checks of a Produce request.
    private static async Task AppendAsync(TestBroker broker, byte[] batch)
    {
        Assert.True(broker.Node.Services.AppendBuffer.TryReserve(batch.Length, out var memory));
        batch.CopyTo(memory.Span);
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        var result = broker.Log("orders").Appender!.Append([new PreparedBatch(header, memory)]);
        Assert.Equal(ErrorCode.None, result.Error);
        Assert.Equal(ErrorCode.None, await result.Flush!.Outcome.WaitAsync(TestBroker.Patience));
    }

    private static byte[] With(byte[] batch, int lastOffsetDelta, int recordCount)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.BatchLengthPosition), batch.Length - RecordBatchHeader.LengthOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.LastOffsetDeltaPosition), lastOffsetDelta);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.RecordCountPosition), recordCount);
        BinaryPrimitives.WriteUInt32BigEndian(
            batch.AsSpan(RecordBatchHeader.CrcPosition), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcCoverageStart)));
        return batch;
    }
}
