using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>What a producer says of its records' times, by which they are found and removed.</summary>
public sealed class ProducerTimestampTests
{
    private const long True = 1_700_000_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(True - 1)]
    [InlineData(long.MaxValue)]
    public async Task A_largest_timestamp_that_the_records_do_not_have_is_corrected(long claimed)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var batch = Batches.At(True, "a", "b");
        RecordBatchHeader.StampTimestamp(batch, TimestampType.CreateTime, claimed);

        await broker.MustProduceAsync("orders", 0, Batches.At(True - 10, "before"), batch);

        Assert.Equal(True, Assert.Single(broker.Log("orders").Tail).MaxTimestampMs);
        var found = await broker.ListOffsetAsync("orders", 0, True);
        Assert.Equal((1, True), (found.Offset, found.Timestamp));
        Assert.Equal(["before", "a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_compressed_batch_that_says_no_largest_timestamp_is_found_by_its_records()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var batch = Batches.Build(new RecordBatchBuilder { CompressionType = CompressionType.Gzip }, True, "a", "b");
        RecordBatchHeader.StampTimestamp(batch, TimestampType.CreateTime, RecordBatchHeader.NoTimestamp);

        await broker.MustProduceAsync("orders", 0, batch);

        Assert.Equal(True, Assert.Single(broker.Log("orders").Tail).MaxTimestampMs);
        var found = await broker.ListOffsetAsync("orders", 0, True);
        Assert.Equal((0, True), (found.Offset, found.Timestamp));
        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }
}
