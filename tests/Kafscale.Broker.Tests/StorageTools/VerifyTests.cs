using System.Buffers;
using Kafscale.Broker.Tests.Support;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.StorageTools;

public sealed class VerifyTests
{
    private const int FlipsPerObject = 60;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_byte_of_any_object_that_changes_is_found(bool withMetadata)
    {
        await using var cluster = new TestCluster();
        await FillAsync(cluster);
        var random = new Random(11);
        foreach (var key in await cluster.ObjectsUnderAsync())
        {
            var original = await ReadAsync(cluster, key);

            // All of the ends, where headers and footers are, and some of what is between.
            var positions = Enumerable.Range(0, original.Length)
                .Where(position => original.Length <= FlipsPerObject || position < 20 || position >= original.Length - 20)
                .Concat(Enumerable.Range(0, FlipsPerObject).Select(_ => random.Next(original.Length)))
                .Distinct();
            foreach (var position in positions)
            {
                var changed = original.ToArray();
                changed[position] ^= (byte)(1 << random.Next(8));
                await PutAsync(cluster, key, changed);

                var report = await TestTools.VerifyAsync(cluster, withMetadata);

                Assert.True(report.ProblemCount > 0, $"A change of byte {position} of {key} was not found.");
            }

            await PutAsync(cluster, key, original);
        }

        await TestTools.AssertSoundAsync(cluster);
    }

    [Fact]
    public async Task Any_object_that_is_missing_or_cut_off_is_found()
    {
        await using var cluster = new TestCluster();
        await FillAsync(cluster);
        foreach (var key in (await cluster.ObjectsUnderAsync()).Where(key => !key.Contains("/meta/cluster/", StringComparison.Ordinal) && !key.Contains("/meta/snapshot/", StringComparison.Ordinal)))
        {
            var original = await ReadAsync(cluster, key);
            await PutAsync(cluster, key, original[..^1]);
            Assert.Contains((await TestTools.VerifyAsync(cluster)).Problems, problem => problem.Where == key);
            await cluster.Objects.DeleteAsync([key], TestCluster.Cancelled);
            var report = await TestTools.VerifyAsync(cluster);
            Assert.Contains(report.Problems, problem => problem.Where == key && problem.WhatToDo.Length > 0);
            await PutAsync(cluster, key, original);
        }

        await TestTools.AssertSoundAsync(cluster);
    }

    [Fact]
    public async Task Garbage_that_has_gone_before_the_key_that_names_it_is_not_missed()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        var crash = broker.Faults.CutAt(StoreOperation.ObjectDelete, ".wal", after: true);
        await broker.MustProduceAsync("orders", "a");
        await crash.Happened;
        Assert.NotEmpty(await cluster.MetadataUnderAsync(cluster.Keys.Commits));
        Assert.Empty(await cluster.WalObjectsAsync());

        Assert.Empty((await TestTools.VerifyAsync(cluster)).Problems);
    }

    [Fact]
    public async Task What_somebody_else_has_put_there_is_counted_and_the_probes_of_brokers_are_not()
    {
        await using var cluster = new TestCluster();
        await FillAsync(cluster);
        await PutAsync(cluster, cluster.ObjectKeys.HealthProbe(1), [1]);
        await PutAsync(cluster, cluster.ObjectKeys.Prefix + "/readme.txt", [1]);

        var report = await TestTools.VerifyAsync(cluster);

        Assert.Equal((1, 0), (report.ForeignObjects, report.ProblemCount));
    }

    [Fact]
    public async Task One_topic_alone_can_be_looked_at()
    {
        await using var cluster = new TestCluster();
        await FillAsync(cluster);
        var damaged = (await cluster.SegmentsAsync("merged"))[0];
        await PutAsync(cluster, damaged, new byte[5]);

        Assert.Empty((await TestTools.VerifyAsync(cluster, topic: "tail")).Problems);
        Assert.NotEmpty((await TestTools.VerifyAsync(cluster, topic: "merged")).Problems);
    }

    [Fact]
    public async Task What_was_found_is_counted_and_progress_comes_to_its_end()
    {
        await using var cluster = new TestCluster();
        await FillAsync(cluster);
        var steps = new List<Broker.StorageTools.VerifyProgress>();

        var report = await TestTools.VerifyAsync(cluster, progress: steps.Add);

        Assert.Equal((7, 2), (report.Records, report.Partitions));
        Assert.Equal(report.Objects, steps[^1].Objects);
        Assert.Equal(steps[^1].Bytes, steps[^1].BytesInAll);
        Assert.False(report.AreBrokersLive);
    }

    private static async Task FillAsync(TestCluster cluster)
    {
        cluster.Options = cluster.Options with { Maintenance = cluster.Options.Maintenance with { SnapshotDelay = TimeSpan.FromMilliseconds(10) } };
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("merged", 1, ("segment.bytes", "1"));
        await cluster.CreateTopicAsync("tail");
        await broker.MustProduceAsync("merged", 0, Batches.Idempotent(3, 0, 0, "a", "b"));
        await TestBroker.UntilAsync(() => broker.Log("merged").MergedThroughOffset == 2);
        await broker.MustProduceAsync("merged", 0, Batches.Idempotent(3, 0, 2, "c"));
        await TestBroker.UntilAsync(() => broker.Log("merged").MergedThroughOffset == 3);
        await broker.MustProduceAsync("tail", 0, Batches.Idempotent(4, 0, 0, "d", "e"));
        await broker.MustProduceAsync("tail", "f", "g");
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 2 && (await cluster.ObjectsUnderAsync(cluster.ObjectKeys.SnapshotPrefix)).Count > 0);
        await broker.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
    }

    private static async Task<byte[]> ReadAsync(TestCluster cluster, string key) =>
        (await WholeObject.ReadAsync(cluster.Objects, key, TestCluster.Cancelled)).ToArray();

    private static async Task PutAsync(TestCluster cluster, string key, byte[] bytes) =>
        await cluster.Objects.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, TestCluster.Cancelled);
}
