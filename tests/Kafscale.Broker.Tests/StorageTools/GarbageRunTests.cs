using System.Buffers;
using Kafscale.Broker.Tests.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.StorageTools;

public sealed class GarbageRunTests
{
    public static TheoryData<StoreOperation, string, bool> CrashPoints() => MergeTests.CrashPoints();

    [Theory]
    [MemberData(nameof(CrashPoints))]
    public async Task After_a_crash_at_any_step_of_merging_collecting_loses_nothing_and_leaves_no_garbage(StoreOperation operation, string keyPart, bool after)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        var crash = broker.Faults.CutAt(operation, keyPart, after);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));
        await crash.Happened;
        await broker.ExpireSessionAsync();

        await TestTools.CollectAsync(cluster);
        var report = await TestTools.AssertSoundAsync(cluster);

        // A segment and its index, from which the next merge goes on.
        Assert.InRange(report.UnreferencedObjects, 0, 2);
        var next = await cluster.StartAsync();
        Assert.Equal(["a", "b"], await next.ReadValuesAsync("orders"));
        Assert.Equal(1, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b")));
        await TestBroker.UntilAsync(() => next.Log("orders").MergedThroughOffset == 2);
        await next.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
        Assert.Equal(["a", "b"], await (await cluster.StartAsync()).ReadValuesAsync("orders"));
    }

    [Theory]
    [InlineData(StoreOperation.MetadataCommit, "/partitions/", false)]
    [InlineData(StoreOperation.MetadataCommit, "/partitions/", true)]
    [InlineData(StoreOperation.ObjectDelete, ".kfs", false)]
    [InlineData(StoreOperation.ObjectDelete, ".kfs", true)]
    [InlineData(StoreOperation.ObjectPut, "/manifest/", false)]
    [InlineData(StoreOperation.ObjectPut, "/manifest/", true)]
    [InlineData(StoreOperation.ObjectDelete, "/manifest/", false)]
    [InlineData(StoreOperation.ObjectDelete, "/manifest/", true)]
    public async Task After_a_crash_at_any_step_of_deleting_records_collecting_leaves_no_garbage(StoreOperation operation, string keyPart, bool after)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        for (var i = 1; i <= 3; i++)
        {
            await broker.MustProduceAsync("orders", $"{i}");
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == i);
        }

        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 0);
        var crash = broker.Faults.CutAt(operation, keyPart, after);
        var deleting = broker.DeleteRecordsAsync("orders", 0, 2);
        await crash.Happened;
        await broker.ExpireSessionAsync();
        await deleting;

        await TestTools.CollectAsync(cluster);
        await TestTools.AssertSoundAsync(cluster);
        var next = await cluster.StartAsync();
        await next.DeleteRecordsAsync("orders", 0, 2);
        await TestBroker.UntilAsync(() => next.Log("orders").Record.Record.Segments is { OldestEndOffset: 3 });
        await next.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
        Assert.Equal(["3"], await (await cluster.StartAsync()).ReadValuesAsync("orders", offset: 2));
    }

    [Fact]
    public async Task A_dry_run_names_what_would_go_and_deletes_nothing()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await broker.StopAsync();
        var orphan = cluster.ObjectKeys.Wal(2, 77);
        await PutAsync(cluster, orphan);

        var found = Assert.Single(await TestTools.CollectAsync(cluster, isDryRun: true));

        Assert.Equal((orphan, 3, "never committed"), (found.Key, found.Bytes, found.Reason));
        Assert.Contains(orphan, await cluster.WalObjectsAsync());
        Assert.Equal([found], await TestTools.CollectAsync(cluster));
        Assert.DoesNotContain(orphan, await cluster.WalObjectsAsync());
        await TestTools.AssertCleanAsync(cluster);
    }

    [Fact]
    public async Task What_is_not_Kafscales_is_left_alone()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await broker.StopAsync();
        string[] foreign = ["default/readme.txt", "default/orders/0/notes", "default/wal/x.wal", "other/wal/0000000000000002/00000000000000000001.wal"];
        foreach (var key in foreign)
        {
            await PutAsync(cluster, key);
        }

        Assert.Empty(await TestTools.CollectAsync(cluster));

        Assert.Superset(foreign.ToHashSet(), (await cluster.ObjectsUnderAsync()).ToHashSet());
    }

    [Fact]
    public async Task Objects_under_the_name_of_a_topic_that_does_not_exist_go_and_a_new_topic_of_that_name_keeps_away_meanwhile()
    {
        await using var cluster = new TestCluster();
        await (await cluster.StartAsync()).StopAsync();
        await PutAsync(cluster, cluster.ObjectKeys.Segment("orders", 3, 0));
        await PutAsync(cluster, cluster.ObjectKeys.Index("orders", 3, 0));

        var found = await TestTools.CollectAsync(cluster);

        Assert.Equal(2, found.Count);
        Assert.Single(await cluster.MetadataUnderAsync(cluster.Keys.Deletions));
        await TestTools.AssertCleanAsync(cluster);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 4, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", 3, Batches.Of("a"));
        await TestBroker.UntilAsync(() => broker.Log("orders", 3).MergedThroughOffset == 1);
        Assert.Empty(await cluster.MetadataUnderAsync(cluster.Keys.Deletions));
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders", 3));
    }

    [Fact]
    public async Task A_running_broker_removes_what_lies_under_a_partition_that_its_topic_does_not_have()
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with { Maintenance = cluster.Options.Maintenance with { OrphanInterval = TimeSpan.FromMilliseconds(30) } };
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        await PutAsync(cluster, cluster.ObjectKeys.Segment("orders", 1, 0));
        await PutAsync(cluster, cluster.ObjectKeys.Manifest(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9), 0, 1));

        await TestBroker.UntilAsync(async () => (await cluster.SegmentsAsync("orders", 1)).Count == 0
            && (await cluster.MetadataUnderAsync(cluster.Keys.Deletions)).Count == 0
            && (await cluster.ObjectsUnderAsync("default/meta/manifest/")).Count == 1);

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
        await broker.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
    }

    [Fact]
    public async Task A_segment_that_was_written_late_for_a_deleted_topic_of_the_same_name_is_in_nobodys_way()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await PutAsync(cluster, cluster.ObjectKeys.Segment("orders", 0, 0));
        await broker.MustProduceAsync("orders", "a");

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
        await broker.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
    }

    [Fact]
    public async Task Collecting_again_and_again_beside_a_broker_that_merges_and_deletes_and_creates_topics_loses_nothing()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        using var done = new CancellationTokenSource();
        var collecting = CollectUntilAsync(cluster, done.Token);
        var kept = new List<string>();
        for (var round = 0; round < 25; round++)
        {
            var id = await cluster.CreateTopicAsync("again", 2, ("segment.bytes", "1"));
            for (var i = 0; i < 4; i++)
            {
                kept.Add($"{round}.{i}");
                await broker.MustProduceAsync("orders", kept[^1]);
                await broker.MustProduceAsync("again", i % 2, Batches.Of($"{round}"));
            }

            Assert.Equal([$"{round}", $"{round}"], await broker.ReadValuesAsync("again"));
            if (round % 5 == 4)
            {
                await TestBroker.UntilAsync(() => broker.Log("again").MergedThroughOffset == 2);
                Assert.Equal([$"{round}", $"{round}"], await broker.ReadValuesAsync("again"));
            }

            await cluster.DeleteTopicAsync("again");
            await TestBroker.UntilAsync(() => !broker.Node.Services.Cluster.TryGetTopic(id, out _));
        }

        await done.CancelAsync();
        await collecting;
        Assert.Equal(kept, await broker.ReadValuesAsync("orders"));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == kept.Count);
        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(kept, await next.ReadValuesAsync("orders"));
        await next.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
    }

    [Fact]
    public async Task An_empty_metadata_store_is_not_taken_for_a_cluster_whose_objects_are_garbage()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await broker.StopAsync();
        await using var other = new TestCluster { Objects = cluster.Objects };

        var refusal = await Assert.ThrowsAsync<Recovery.BucketMismatchException>(() => TestTools.CollectAsync(other));
        var refusedStart = await Assert.ThrowsAsync<Recovery.BucketMismatchException>(() => other.StartAsync());

        Assert.Contains("kafscale storage rebuild", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("kafscale storage rebuild", refusedStart.Message, StringComparison.Ordinal);
        Assert.Empty(await other.MetadataUnderAsync(""));
    }

    private static async Task CollectUntilAsync(TestCluster cluster, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await TestTools.CollectAsync(cluster);
        }
    }

    private static async Task PutAsync(TestCluster cluster, string key) =>
        await cluster.Objects.PutAsync(key, new ReadOnlySequence<byte>(new byte[3]), PutCondition.None, TestCluster.Cancelled);
}
