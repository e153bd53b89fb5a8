using System.Buffers;
using Kafscale.Broker.Tests.Support;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class MergeTests
{
    public static TheoryData<StoreOperation, string, bool> CrashPoints()
    {
        var points = new TheoryData<StoreOperation, string, bool>();
        foreach (var after in new[] { false, true })
        {
            points.Add(StoreOperation.ObjectPut, ".kfs", after);
            points.Add(StoreOperation.ObjectPut, ".index", after);
            points.Add(StoreOperation.ObjectPut, "/manifest/", after);
            points.Add(StoreOperation.MetadataCommit, "/partitions/", after);
            points.Add(StoreOperation.ObjectDelete, "/manifest/", after);
            points.Add(StoreOperation.ObjectDelete, "/wal/", after);
            points.Add(StoreOperation.MetadataCommit, "delete ", after);
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(CrashPoints))]
    public async Task A_crash_at_any_step_of_merging_loses_nothing_and_merging_goes_on(StoreOperation operation, string keyPart, bool after)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await TestBroker.UntilAsync(async () => await cluster.WalObjectsAsync() is [] && await cluster.MetadataUnderAsync(cluster.Keys.Commits) is []);
        var crash = broker.Faults.CutAt(operation, keyPart, after);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));
        await crash.Happened;

        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(["a", "b"], await next.ReadValuesAsync("orders"));
        Assert.Equal(1, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b")));
        Assert.Equal(2, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 2, "c")));
        await TestBroker.UntilAsync(async () => next.Log("orders").MergedThroughOffset == 3 && (await cluster.WalObjectsAsync()).Count == 0);

        Assert.Equal(["a", "b", "c"], await next.ReadValuesAsync("orders"));
        await AssertSegmentsAreOneRunAsync(cluster, "orders", 3);
        var last = await cluster.CrashAndRestartAsync(next);
        Assert.Equal(["a", "b", "c"], await last.ReadValuesAsync("orders"));
    }

    [Theory]
    [InlineData(StoreOperation.ObjectPut, ".kfs")]
    [InlineData(StoreOperation.ObjectPut, ".index")]
    [InlineData(StoreOperation.ObjectPut, "/manifest/")]
    [InlineData(StoreOperation.MetadataCommit, "/partitions/")]
    public async Task A_failing_step_of_merging_is_tried_again_and_in_between_all_is_readable(StoreOperation operation, string keyPart)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        var before = broker.Faults.FailBefore(operation, keyPart, times: 2);
        var answerLost = broker.Faults.FailAfter(operation, keyPart);
        await broker.MustProduceAsync("orders", "a", "b");
        await before.Happened;
        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
        await answerLost.Happened;
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
        await AssertSegmentsAreOneRunAsync(cluster, "orders", 2);
    }

    [Fact]
    public async Task A_segment_that_an_earlier_attempt_has_written_from_fewer_slices_is_adopted()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        var crash = broker.Faults.CutAt(StoreOperation.ObjectPut, ".kfs", after: true);
        await broker.MustProduceAsync("orders", "a");
        await crash.Happened;
        var next = await cluster.CrashAndRestartAsync(broker);
        await next.MustProduceAsync("orders", "b");
        await TestBroker.UntilAsync(() => next.Log("orders").MergedThroughOffset == 2);

        Assert.Equal(["a", "b"], await next.ReadValuesAsync("orders"));
        await AssertSegmentsAreOneRunAsync(cluster, "orders", 2);
    }

    [Fact]
    public async Task Many_slices_become_one_segment_when_they_are_large_enough()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "10000"));
        for (var i = 0; i < 12; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.OfSize(1_000));
        }

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset > 0);

        Assert.Single(await cluster.SegmentsAsync("orders"));
        Assert.Equal(12, (await broker.ReadAsync("orders")).Count);
    }

    [Fact]
    public async Task Slices_are_merged_when_the_oldest_is_old_enough()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.ms", "50"));
        await broker.MustProduceAsync("orders", "a");

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
    }

    [Fact]
    public async Task Steady_merging_reads_nothing_from_the_object_store()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        for (var i = 1; i <= 5; i++)
        {
            await broker.MustProduceAsync("orders", "a");
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == i);
        }

        Assert.Equal(0, broker.Faults.Count(StoreOperation.ObjectRead));
    }

    [Fact]
    public async Task Wal_objects_go_only_when_every_partition_in_them_is_merged()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("merged", 1, ("segment.bytes", "1"));
        await cluster.CreateTopicAsync("unmerged");
        await broker.ProduceAsync(("merged", 0, [Batches.Of("a")]), ("unmerged", 0, [Batches.Of("b")]));
        await TestBroker.UntilAsync(() => broker.Log("merged").MergedThroughOffset == 1);
        await broker.MustProduceAsync("merged", "only merged");
        await TestBroker.UntilAsync(() => broker.Log("merged").MergedThroughOffset == 2);
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 1);

        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(["b"], await next.ReadValuesAsync("unmerged"));
        Assert.Equal(["a", "only merged"], await next.ReadValuesAsync("merged"));
        await TestBroker.UntilAsync(async () => (await cluster.MetadataUnderAsync(cluster.Keys.Commits)).Count == 1);
    }

    private static async Task AssertSegmentsAreOneRunAsync(TestCluster cluster, string topic, long endOffset)
    {
        var next = 0L;
        foreach (var key in await cluster.SegmentsAsync(topic))
        {
            var properties = await cluster.Objects.HeadAsync(key, TestCluster.Cancelled);
            var bytes = new byte[properties!.Value.Length];
            await cluster.Objects.ReadAsync(key, 0, bytes, TestCluster.Cancelled);
            var segment = SegmentReader.Read(key, new ReadOnlySequence<byte>(bytes));
            Assert.Equal(next, segment.BaseOffset);
            next = segment.LastOffset + 1;
            Assert.NotNull(await cluster.Objects.HeadAsync(key.Replace(".kfs", ".index", StringComparison.Ordinal), TestCluster.Cancelled));
        }

        Assert.Equal(endOffset, next);
    }
}
