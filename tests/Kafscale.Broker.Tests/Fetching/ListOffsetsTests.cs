using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Tests.Fetching;

public sealed class ListOffsetsTests
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Offsets_are_found_by_time_in_batches_of_any_compression(CompressionType compression)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "500"));
        for (var i = 0; i < 10; i++)
        {
            var builder = new RecordBatchBuilder { CompressionType = compression };
            builder.Append((i * 100) + 10, null, [1]).Append((i * 100) + 30, null, [2]).Append((i * 100) + 20, null, [3]);
            await broker.MustProduceAsync("orders", 0, builder.Build());
        }

        foreach (var reader in new[] { broker, await cluster.CrashAndRestartAsync(broker) }.TakeLast(1))
        {
            await AssertFoundAsync(reader, 0, 0, 10);
            await AssertFoundAsync(reader, 310, 9, 310);
            await AssertFoundAsync(reader, 311, 10, 330);
            await AssertFoundAsync(reader, 325, 10, 330);
            await AssertFoundAsync(reader, 331, 12, 410);
            await AssertFoundAsync(reader, 931, -1, -1);
            await AssertFoundAsync(reader, -1, 30, -1);
            await AssertFoundAsync(reader, -2, 0, -1);
            await AssertFoundAsync(reader, -3, 28, 930);
        }
    }

    [Theory]
    [InlineData(Latest, 1, new long[] { 9 })]
    [InlineData(Latest, 2, new long[] { 9, 2 })]
    [InlineData(Latest, 100, new long[] { 9, 2 })]
    [InlineData(Latest, 0, new long[] { })]
    [InlineData(Latest, -1, new long[] { })]
    [InlineData(Earliest, 1, new long[] { 2 })]
    [InlineData(Earliest, 5, new long[] { 2 })]
    [InlineData(0, 1, new long[] { 2 })]
    [InlineData(210, 1, new long[] { 6 })]
    [InlineData(210, 2, new long[] { 6, 2 })]
    [InlineData(999, 1, new long[] { 9 })]
    public async Task Version_0_answers_several_offsets_the_newest_first(long timestamp, int maxOffsets, long[] expected)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        for (var i = 0; i < 3; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.At((i * 100) + 10, "a", "b", "c"));
        }

        Assert.Equal(ErrorCode.None, (await broker.DeleteRecordsAsync("orders", 0, 2)).Error);
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = "orders", Partitions = [new() { Timestamp = timestamp, MaxNumOffsets = maxOffsets }, new() { PartitionIndex = 7 }] }],
        };
        var partitions = (await broker.SendAsync<ListOffsetsResponse>(request, 0)).Topics[0].Partitions;

        Assert.Equal(ErrorCode.None, partitions[0].ErrorCode);
        Assert.Equal(expected, partitions[0].OldStyleOffsets);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, partitions[1].ErrorCode);
        Assert.Empty(partitions[1].OldStyleOffsets);
    }

    [Fact]
    public async Task Looking_up_a_time_while_the_store_fails_gives_a_code_that_clients_retry()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        var next = await cluster.CrashAndRestartAsync(broker);
        next.Faults.FailBefore(StoreOperation.ObjectRead);

        Assert.Equal(ErrorCode.KafkaStorageError, (await next.ListOffsetAsync("orders", 0, 0)).ErrorCode);
        Assert.Equal(0, (await next.ListOffsetAsync("orders", 0, 0)).Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_record_with_the_largest_timestamp_is_found_among_those_that_are_not_deleted(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "100000000"));
        var first = new RecordBatchBuilder();
        first.Append(900, null, [1]).Append(500, null, [2]).Append(700, null, [3]).Append(700, null, [4]);
        await broker.MustProduceAsync("orders", 0, first.Build());
        await broker.MustProduceAsync("orders", 0, Batches.At(600, "later"));
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 5);
        }

        await AssertFoundAsync(broker, MaxTimestamp, 0, 900);
        await broker.DeleteRecordsAsync("orders", 0, 1);
        await AssertFoundAsync(broker, MaxTimestamp, 2, 700);
        await broker.DeleteRecordsAsync("orders", 0, 4);
        await AssertFoundAsync(broker, MaxTimestamp, 4, 600);
        await broker.DeleteRecordsAsync("orders", 0, 5);
        await AssertFoundAsync(broker, MaxTimestamp, -1, -1);
    }

    [Fact]
    public async Task A_broker_that_does_not_lead_asks_what_was_committed_before_it_tells_where_the_end_is()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var other = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", 0, Batches.At(100, "a"));
        await TestBroker.UntilAsync(() => other.Node.Services.Cluster.TryGetPartition("orders", 0, out var log) && log.HighWatermark == 1);
        var held = other.HoldMetadata();
        await leader.MustProduceAsync("orders", 0, Batches.At(200, "b"));

        // As it cannot know what else there is, it does not say that there is nothing.
        Assert.Equal(ErrorCode.OffsetNotAvailable, (await other.ListOffsetAsync("orders", 0, Latest)).ErrorCode);
        Assert.Equal(ErrorCode.OffsetNotAvailable, (await other.ListOffsetAsync("orders", 0, 150)).ErrorCode);
        Assert.Equal(ErrorCode.OffsetNotAvailable, (await other.ListOffsetAsync("orders", 0, MaxTimestamp)).ErrorCode);
        await AssertFoundAsync(other, Earliest, 0, -1);

        var asking = other.ListOffsetAsync("orders", 0, Latest);
        held.Release();
        Assert.Equal(2, (await asking).Offset);
        await AssertFoundAsync(other, 150, 1, 200);
        await AssertFoundAsync(leader, Latest, 2, -1);
    }

    private static async Task AssertFoundAsync(TestBroker broker, long timestamp, long offset, long foundTimestamp)
    {
        var found = await broker.ListOffsetAsync("orders", 0, timestamp);
        Assert.Equal(ErrorCode.None, found.ErrorCode);
        Assert.Equal((offset, foundTimestamp), (found.Offset, found.Timestamp));
    }
}
