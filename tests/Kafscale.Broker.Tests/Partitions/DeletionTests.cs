using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class DeletionTests
{
    [Fact]
    public async Task Records_deleted_up_to_the_middle_of_a_slice_stay_deleted_after_a_restart_and_the_rest_is_there()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a", "b");
        await broker.MustProduceAsync("orders", "c", "d", "e");
        await broker.MustProduceAsync("orders", "f");

        Assert.Equal((ErrorCode.None, 3L), await broker.DeleteRecordsAsync("orders", 0, 3));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await broker.FetchAsync("orders", 0, 2)).Error);
        Assert.Equal(["d", "e", "f"], await broker.ReadValuesAsync("orders", offset: 3));
        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(3, (await next.ListOffsetAsync("orders", 0, -2)).Offset);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await next.FetchAsync("orders", 0, 2)).Error);
        Assert.Equal(["d", "e", "f"], await next.ReadValuesAsync("orders", offset: 3));
        Assert.Equal(3, (await next.ListOffsetAsync("orders", 0, 0)).Offset);
        Assert.Equal(6, await next.MustProduceAsync("orders", "g"));
    }

    [Fact]
    public async Task Everything_can_be_deleted_and_offsets_go_on()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a", "b");

        Assert.Equal((ErrorCode.None, 2L), await broker.DeleteRecordsAsync("orders", 0, -1));
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 0);
        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Empty(await next.ReadValuesAsync("orders", offset: 2));
        Assert.Equal(2, await next.MustProduceAsync("orders", "c"));
    }

    [Fact]
    public async Task Deletion_over_segments_and_slices_removes_the_segments_and_merging_goes_on()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "250"));
        for (var i = 0; i < 9; i++)
        {
            await broker.MustProduceAsync("orders", $"{i}", new string('x', 10));
        }

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset > 0);

        // Into the tail, past everything that was merged.
        var middle = broker.Log("orders").MergedThroughOffset + 1;
        await broker.MustProduceAsync("orders", "in the tail", "kept");
        var end = broker.Log("orders").HighWatermark;
        await broker.DeleteRecordsAsync("orders", 0, end - 1);
        Assert.True(middle <= end);
        await TestBroker.UntilAsync(async () => (await cluster.SegmentsAsync("orders")).Count == 0 || broker.Log("orders").MergedThroughOffset == end);
        for (var i = 0; i < 5; i++)
        {
            await broker.MustProduceAsync("orders", $"{i}", new string('x', 100));
        }

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset > end);
        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal("kept", (await next.ReadValuesAsync("orders", offset: end - 1))[0]);
        Assert.Equal(11, (await next.ReadValuesAsync("orders", offset: end - 1)).Count);
    }

    [Fact]
    public async Task Retention_by_time_removes_records_and_objects()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"), ("retention.ms", "3600000"));
        var now = cluster.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        await broker.MustProduceAsync("orders", 0, Batches.At(now - 7_200_000, "old"));
        await TestBroker.UntilAsync(() => broker.Log("orders").LogStartOffset == 1);
        await broker.MustProduceAsync("orders", 0, Batches.At(now, "new"));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);
        await TestBroker.UntilAsync(async () => (await cluster.SegmentsAsync("orders")).Count == 1 && (await cluster.WalObjectsAsync()).Count == 0);

        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(["new"], await next.ReadValuesAsync("orders", offset: 1));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await next.FetchAsync("orders", 0, 0)).Error);
    }

    [Fact]
    public async Task Retention_by_size_keeps_the_newest_records_and_removes_the_objects_of_the_others()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"), ("retention.bytes", "3000"));
        for (var i = 1; i <= 8; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.OfSize(1_000));
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == i);
        }

        await TestBroker.UntilAsync(async () => (await cluster.SegmentsAsync("orders")).Count == 3);

        Assert.InRange(broker.Log("orders").LogStartOffset, 5, 6);
        Assert.Equal(8 - broker.Log("orders").LogStartOffset, (await broker.ReadAsync("orders", offset: broker.Log("orders").LogStartOffset)).Count);
    }

    [Fact]
    public async Task Retention_goes_on_where_records_come_faster_than_they_are_merged()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { Maintenance = options.Maintenance with { RetentionInterval = TimeSpan.Zero } });
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"), ("retention.bytes", "1500"));
        Block? before = null;
        for (var i = 0; i < 5; i++)
        {
            // So there is more to merge whenever something is merged.
            var block = broker.Faults.Block(StoreOperation.ObjectPut, ".kfs");
            await broker.MustProduceAsync("orders", 0, Batches.OfSize(1_000));
            before?.Release();
            await block.Reached;
            before = block;
        }

        Assert.Equal(3, broker.Log("orders").LogStartOffset);
        before!.Release();
    }

    [Fact]
    public async Task A_crash_while_segments_are_being_removed_leaves_nothing_behind()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        await broker.MustProduceAsync("orders", "b");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);
        var crash = broker.Faults.CutAt(StoreOperation.ObjectDelete, ".kfs", after: true);
        await broker.DeleteRecordsAsync("orders", 0, 1);
        await crash.Happened;

        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(["b"], await next.ReadValuesAsync("orders", offset: 1));
        await TestBroker.UntilAsync(async () => await next.ManifestAsync("orders") is { Segments.Count: 1 });

        Assert.Single(await cluster.SegmentsAsync("orders"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_topic_that_is_created_again_has_nothing_of_the_old_one(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var old = await cluster.CreateTopicAsync("orders", 2, ("segment.bytes", isMerged ? "1" : "1000000"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 5, 0, "old"));
        await broker.MustProduceAsync("orders", 1, Batches.Of("old"));
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1 && broker.Log("orders", 1).MergedThroughOffset == 1);
        }

        await cluster.DeleteTopicAsync("orders");
        await TestBroker.UntilAsync(() => !broker.Node.Services.Cluster.TryGetTopic(old, out _));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.ProduceAsync("orders", "x")).ErrorCode);
        await cluster.CreateTopicAsync("orders", 2, ("segment.bytes", "1"));
        Assert.Empty(await broker.ReadValuesAsync("orders"));
        Assert.Equal(0, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "new")));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 0);
        Assert.Equal(["new"], await broker.ReadValuesAsync("orders"));

        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(["new"], await next.ReadValuesAsync("orders"));
        Assert.Empty(await next.ReadValuesAsync("orders", 1));
        Assert.Single(await cluster.SegmentsAsync("orders"));
        Assert.Empty(await cluster.SegmentsAsync("orders", 1));
        Assert.Empty(await cluster.ObjectsUnderAsync(cluster.ObjectKeys.ManifestPrefix(old, 0)));
        Assert.Empty(await cluster.MetadataUnderAsync(cluster.Keys.Deletions));
        Assert.Empty(await cluster.MetadataUnderAsync(cluster.Keys.TopicPartitions(old)));
    }

    [Fact]
    public async Task A_controller_that_is_late_to_hear_of_the_end_of_a_deletion_removes_nothing_of_the_next_topic()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var old = await cluster.CreateTopicAsync("orders");
        var listing = broker.Faults.Block(StoreOperation.ObjectList, cluster.ObjectKeys.PartitionPrefix("orders", 0));
        await cluster.DeleteTopicAsync("orders");
        await listing.Reached;

        var news = broker.HoldMetadata();
        await cluster.Metadata.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Delete(KeyRange.Key(cluster.Keys.Deletion(old)))] }, TestCluster.Cancelled);
        var segmentOfNext = cluster.ObjectKeys.PartitionPrefix("orders", 0) + "next.kfs";
        await cluster.Objects.PutAsync(segmentOfNext, new("segment"u8.ToArray()), PutCondition.None, TestCluster.Cancelled);
        listing.Release();
        news.Release();

        // Another one that goes says that the round is over.
        await cluster.CreateTopicAsync("other");
        await cluster.DeleteTopicAsync("other");
        await TestBroker.UntilAsync(async () => (await cluster.MetadataUnderAsync(cluster.Keys.Deletions)).Count == 0);
        Assert.NotNull(await cluster.Objects.HeadAsync(segmentOfNext, TestCluster.Cancelled));
    }

    [Fact]
    public async Task A_topic_that_is_created_again_is_not_read_by_the_index_of_the_old_one()
    {
        const int Records = 150;
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        foreach (var size in (int[])[10, 300])
        {
            var topicId = await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
            await broker.MustProduceAsync("orders", 0, [.. Enumerable.Range(0, Records).Select(_ => Batches.OfSize(size))]);
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == Records);
            for (var offset = 0; offset < Records; offset++)
            {
                Assert.Equal(offset, (await broker.FetchAsync("orders", 0, offset, maxBytes: 1)).Records[0].Offset);
            }

            await cluster.DeleteTopicAsync("orders");
            await TestBroker.UntilAsync(() => !broker.Node.Services.Cluster.TryGetTopic(topicId, out _));
        }
    }

    [Fact]
    public async Task Records_on_their_way_while_their_topic_is_deleted_disturb_nobody()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("deleted");
        await cluster.CreateTopicAsync("orders");
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var both = broker.ProduceAsync(("deleted", 0, [Batches.Of("x")]), ("orders", 0, [Batches.Of("a")]));
        await block.Reached;
        await cluster.DeleteTopicAsync("deleted");
        await TestBroker.UntilAsync(() => !broker.Node.Services.Cluster.TryGetTopic("deleted", out _));
        block.Release();

        Assert.Equal(ErrorCode.None, (await both)[("orders", 0)].ErrorCode);
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(["a"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Objects_of_flushes_that_never_counted_are_removed_when_their_session_is_over()
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with { Maintenance = cluster.Options.Maintenance with { OrphanInterval = TimeSpan.FromMilliseconds(30) } };
        cluster.Options = cluster.Options with { Flusher = cluster.Options.Flusher with { UploadDeadline = TimeSpan.FromSeconds(3) } };
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        var crash = broker.Faults.CutAt(StoreOperation.MetadataCommit, "/commits/", after: false);
        var lost = broker.ProduceAsync("orders", "lost");
        await crash.Happened;
        Assert.Equal(2, (await cluster.WalObjectsAsync()).Count);

        var next = await cluster.CrashAndRestartAsync(broker);
        await lost;
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 1);

        Assert.Equal(["a"], await next.ReadValuesAsync("orders"));
    }
}
