using Kafscale.Broker.Administration;
using Kafscale.Broker.Tests.Support;

namespace Kafscale.Broker.Tests.Administration;

public sealed class StorageInspectionTests
{
    [Fact]
    public async Task What_is_not_merged_is_shown_as_slices_that_wait_and_are_cached()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        await broker.MustProduceAsync("orders", "a", "b");
        await broker.MustProduceAsync("orders", "c");

        var found = await FindAsync(broker);

        Assert.Equal([("waiting", 0, 2), ("waiting", 2, 3)], found.Objects.Select(Outline));
        Assert.All(found.Objects, one => Assert.Equal(one.Bytes, one.CachedBytes));
        Assert.All(found.Objects, one => Assert.EndsWith(".wal", one.Key, StringComparison.Ordinal));
        Assert.True(found.IsLeader);
        Assert.Equal(0, found.BufferedRecords);
        Assert.Equal((0, 3, 0, 2), (found.Partition.LogStartOffset, found.Partition.HighWatermark, found.Partition.Segments, found.Partition.WaitingSlices));
        Assert.Equal(found.Objects.Sum(one => one.Bytes), found.Partition.WaitingBytes);
    }

    [Fact]
    public async Task What_is_merged_is_shown_as_segments_and_counted_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        foreach (var value in (string[])["a", "b", "c"])
        {
            await broker.MustProduceAsync("orders", value);
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == broker.Log("orders").HighWatermark);
        }

        var found = await FindAsync(broker);

        Assert.Equal([("merged", 0, 1), ("merged", 1, 2), ("merged", 2, 3)], found.Objects.Select(Outline));
        Assert.Equal((3, 0, 0), (found.Partition.Segments, found.Partition.WaitingSlices, found.Partition.WaitingBytes));
        Assert.Equal(found.Objects.Sum(one => one.Bytes), found.Partition.SegmentBytes);
        var topic = broker.Node.Storage.FindTopic("orders")!.Topic;
        Assert.Equal(found.Partition.SegmentBytes, topic.SegmentBytes);
        Assert.Equal([1], topic.Leaders);
        Assert.Equal([0], topic.LogStartOffsets);
        Assert.Equal([3], topic.HighWatermarks);
    }

    [Fact]
    public async Task Pages_of_objects_follow_each_other_without_gaps()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        for (var i = 0; i < 3; i++)
        {
            await broker.MustProduceAsync("orders", "merged");
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == broker.Log("orders").HighWatermark);
        }

        broker.Faults.FailBefore(StoreOperation.ObjectPut, ".kfs", times: int.MaxValue);
        await broker.MustProduceAsync("orders", "waits");
        await broker.MustProduceAsync("orders", "waits");

        var objects = new List<(string, long, long)>();
        for (long? from = 0; from is not null;)
        {
            var page = await FindAsync(broker, from.Value, limit: 2);
            Assert.InRange(page.Objects.Count, 1, 2);
            objects.AddRange(page.Objects.Select(Outline));
            from = page.NextOffset;
        }

        Assert.Equal([("merged", 0, 1), ("merged", 1, 2), ("merged", 2, 3), ("waiting", 3, 4), ("waiting", 4, 5)], objects);
        Assert.Equal([("waiting", 4, 5)], (await FindAsync(broker, 4)).Objects.Select(Outline));
    }

    [Fact]
    public async Task What_is_deleted_before_it_is_merged_is_shown_as_deleted()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        broker.Faults.FailBefore(StoreOperation.ObjectPut, "/manifest/", times: int.MaxValue);
        await broker.MustProduceAsync("orders", "a");
        await broker.MustProduceAsync("orders", "b");
        await broker.DeleteRecordsAsync("orders", 0, 1);

        var found = await FindAsync(broker);

        Assert.Equal([("deleted", 0, 1), ("waiting", 1, 2)], found.Objects.Select(Outline));
        Assert.Equal(1, found.Partition.LogStartOffset);
    }

    [Fact]
    public async Task A_broker_that_does_not_lead_knows_the_same_objects_but_not_what_is_buffered()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        await leader.MustProduceAsync("orders", "a");
        var other = await cluster.StartReaderAsync();
        await TestBroker.UntilAsync(() => other.Log("orders").HighWatermark == 1);

        var ofLeader = await FindAsync(leader);
        var ofOther = await FindAsync(other);

        Assert.Equal(ofLeader.Objects.Select(one => one with { CachedBytes = 0 }), ofOther.Objects);
        Assert.False(ofOther.IsLeader);
        Assert.Null(ofOther.BufferedRecords);
        Assert.Equal(leader.Node.Services.Options.BrokerId, ofOther.Partition.Leader);
    }

    [Fact]
    public async Task Topics_come_in_the_order_of_their_names_and_in_pages()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        foreach (var topic in (string[])["b", "a", "c"])
        {
            await cluster.CreateTopicAsync(topic, 2, ("retention.ms", "60000"));
        }

        var first = broker.Node.Storage.FindTopics("", 2);
        var second = broker.Node.Storage.FindTopics(first.Next!, 2);

        Assert.Equal(["a", "b"], first.Topics.Select(topic => topic.Name));
        Assert.Equal(["c"], second.Topics.Select(topic => topic.Name));
        Assert.Null(second.Next);
        Assert.All(first.Topics, topic => Assert.Equal((2, 60_000, -1), (topic.Partitions, topic.RetentionMs, topic.RetentionBytes)));
    }

    [Fact]
    public async Task What_does_not_exist_has_no_storage()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);

        Assert.Null(broker.Node.Storage.FindTopic("none"));
        Assert.Null(await broker.Node.Storage.FindObjectsAsync("none", 0, 0, 10, TestCluster.Cancelled));
        Assert.Null(await broker.Node.Storage.FindObjectsAsync("orders", 1, 0, 10, TestCluster.Cancelled));
        Assert.Null(await broker.Node.Storage.FindObjectsAsync("orders", -1, 0, 10, TestCluster.Cancelled));
    }

    private static (string, long, long) Outline(LogObject one) => (one.State, one.BaseOffset, one.EndOffset);

    private static async Task<PartitionObjects> FindAsync(TestBroker broker, long from = 0, int limit = 1000) =>
        (await broker.Node.Storage.FindObjectsAsync("orders", 0, from, limit, TestCluster.Cancelled))!;
}
