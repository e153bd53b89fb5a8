using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Recovery;
using Kafscale.Broker.StorageTools;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Tests.StorageTools;

public sealed class RebuildTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("1000000")]
    public async Task Everything_acknowledged_is_back_and_producers_go_on(string segmentBytes)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var topicId = await cluster.CreateTopicAsync("orders", 3, ("segment.bytes", segmentBytes));
        for (var i = 0; i < 6; i++)
        {
            await broker.MustProduceAsync("orders", i % 2, Batches.Idempotent(77, 0, i / 2, $"{i}"));
        }

        if (segmentBytes == "1")
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 3);
        }

        var epoch = broker.Log("orders").LeaderEpoch;
        await CrashAsync(broker);

        var next = await RebuildAndStartAsync(cluster, out var plan);

        Assert.Equal(["0", "2", "4"], await next.ReadValuesAsync("orders"));
        Assert.Equal(["1", "3", "5"], await next.ReadValuesAsync("orders", 1));
        Assert.True(next.Log("orders").LeaderEpoch > epoch);
        Assert.Equal(topicId, next.Log("orders").Id.TopicId);
        Assert.Equal(2, await next.MustProduceAsync("orders", 0, Batches.Idempotent(77, 0, 2, "4")));
        Assert.Equal(3, await next.MustProduceAsync("orders", 0, Batches.Idempotent(77, 0, 3, "6")));
        Assert.Equal(["0", "2", "4", "6"], await next.ReadValuesAsync("orders"));
        Assert.Empty((await plan).Losses);
        await next.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertSoundAsync(cluster);
    }

    [Fact]
    public async Task Topics_configurations_partitions_without_records_and_committed_offsets_come_from_the_copy_of_the_metadata()
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with
        {
            Maintenance = cluster.Options.Maintenance with { SnapshotDelay = TimeSpan.FromMilliseconds(10), SnapshotInterval = TimeSpan.FromMilliseconds(20) },
        };
        var broker = await cluster.StartAsync();
        var empty = await cluster.CreateTopicAsync("empty", 5, ("retention.ms", "-1"));
        await cluster.CreateTopicAsync("deleted");
        await broker.MustProduceAsync("deleted", "a");
        await cluster.DeleteTopicAsync("deleted");
        await PutMetadataAsync(
            cluster, $"{cluster.Keys.GroupConfigs}group", new GroupConfigsRecord { Configs = { ["consumer.session.timeout.ms"] = "50000" } });
        var offsetKey = $"{cluster.Keys.Offsets}group/{empty:n}/0";
        await PutMetadataAsync(cluster, offsetKey, new CommittedOffsetRecord { Offset = 17 });
        var revision = (await cluster.Metadata.RangeAsync(KeyRange.Key(offsetKey), 1, 0, TestCluster.Cancelled)).Revision;
        await TestBroker.UntilAsync(async () =>
            (await cluster.ObjectsUnderAsync(cluster.ObjectKeys.SnapshotPrefix)).Any(key => cluster.ObjectKeys.TryParseSnapshot(key, out _, out var of) && of >= revision));
        await CrashAsync(broker);

        var next = await RebuildAndStartAsync(cluster, out var plan);

        var topic = Assert.Single(next.Node.Services.Cluster.Topics);
        Assert.Equal(("empty", empty, 5), (topic.Name, topic.Id, topic.Partitions.Count));
        Assert.Equal("-1", topic.Configs["retention.ms"]);
        Assert.Equal("50000", next.Node.Services.Cluster.ConfiguredGroups["group"].Configs["consumer.session.timeout.ms"]);
        var offset = Assert.Single(await cluster.MetadataUnderAsync(offsetKey));
        Assert.Equal(17, CommittedOffsetRecord.Parser.ParseFrom(offset.Value.Span).Offset);
        Assert.Equal(1, (await plan).CommittedOffsets);
        await next.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertCleanAsync(cluster);
    }

    [Fact]
    public async Task Deleted_records_stay_deleted_and_offsets_are_not_given_out_again()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(9, 0, 0, "a", "b"));
        await broker.DeleteRecordsAsync("orders", 0, 2);
        await TestBroker.UntilAsync(async () => (await cluster.WalObjectsAsync()).Count == 0);
        await CrashAsync(broker);

        var next = await RebuildAndStartAsync(cluster, out _);

        Assert.Equal(2, (await next.ListOffsetAsync("orders", 0, -2)).Offset);
        Assert.Equal(0, await next.MustProduceAsync("orders", 0, Batches.Idempotent(9, 0, 0, "a", "b")));
        Assert.Equal(2, await next.MustProduceAsync("orders", 0, Batches.Idempotent(9, 0, 2, "c")));
    }

    [Fact]
    public async Task An_upload_that_was_overtaken_does_not_come_back()
    {
        await using var cluster = new TestCluster();
        cluster.Options = WithUploadDeadline(cluster.Options, TimeSpan.FromSeconds(2));

        // So that the flush after the first one waits, and both partitions of the lost request are in it.
        cluster.Options = cluster.Options with { Flusher = cluster.Options.Flusher with { FlushInterval = TimeSpan.FromMilliseconds(500) } };
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await broker.MustProduceAsync("orders", "a");
        var crash = broker.Faults.CutAt(StoreOperation.MetadataCommit, "/commits/", after: false);
        var lost = broker.ProduceAsync(("orders", 0, [Batches.Of("lost", "lost")]), ("orders", 1, [Batches.Of("lost")]));
        await crash.Happened;
        var second = await cluster.CrashAndRestartAsync(broker);
        await lost;
        await second.MustProduceAsync("orders", "b");
        Assert.Equal(3, (await cluster.WalObjectsAsync()).Count);
        await CrashAsync(second);

        var next = await RebuildAndStartAsync(cluster, out var plan);

        Assert.Equal(["a", "b"], await next.ReadValuesAsync("orders"));

        // A WAL object counts as a whole: overtaken in one partition, it is not there in the other either.
        Assert.Empty(await next.ReadValuesAsync("orders", 1));
        Assert.Contains((await plan).Remarks, remark => remark.Contains("given out again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rebuild_into_metadata_that_are_not_empty_is_refused()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAsync();

        await Assert.ThrowsAsync<BucketMismatchException>(() => TestTools.RebuildAsync(cluster, cluster.Metadata));
    }

    [Fact]
    public async Task Sessions_after_a_rebuild_are_greater_than_any_before_and_rebuilding_twice_is_no_different()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var expected = new List<string>();
        var greatest = 0L;
        for (var i = 0; i < 3; i++)
        {
            expected.Add($"{i}");
            await broker.MustProduceAsync("orders", expected[^1]);
            await CrashAsync(broker);
            broker = await RebuildAndStartAsync(cluster, out _);
            var session = broker.Log("orders").Record.Record.LeaderSession;
            Assert.True(session > greatest);
            Assert.Equal(i + 1, SessionNumbers.IncarnationOf(session));
            greatest = session;
            Assert.Equal(expected, await broker.ReadValuesAsync("orders"));
        }
    }

    [Fact]
    public async Task A_broker_on_the_metadata_of_before_the_rebuild_does_not_start()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await CrashAsync(broker);
        var old = cluster.Metadata;
        await RebuildAndStartAsync(cluster, out _);

        cluster.Metadata = old;

        await Assert.ThrowsAsync<BucketMismatchException>(() => cluster.StartAsync());
    }

    [Fact]
    public async Task A_committed_WAL_object_that_is_damaged_is_named_as_a_loss()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await CrashAsync(broker);
        var key = Assert.Single(await cluster.WalObjectsAsync());
        await cluster.Objects.PutAsync(key, new ReadOnlySequence<byte>(new byte[100]), PutCondition.None, TestCluster.Cancelled);

        var plan = await TestTools.RebuildAsync(cluster, new MemoryMetadataStore(cluster.TimeProvider));

        Assert.Contains(key, Assert.Single(plan.Losses), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_any_history_of_crashes_what_was_acknowledged_is_back_at_its_offset(int seed)
    {
        var random = new Random(seed);
        await using var cluster = new TestCluster(seed: seed);
        cluster.Options = WithUploadDeadline(cluster.Options, TimeSpan.FromSeconds(1));
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2, ("segment.bytes", "600"));
        var acknowledged = new Dictionary<(int Partition, long Offset), string>();
        for (var partition = 0; partition < 2; partition++)
        {
            await broker.MustProduceAsync("orders", partition, Batches.Of("first"));
            acknowledged.Add((partition, 0), "first");
        }

        for (var round = 0; round < 8; round++)
        {
            var crash = random.Next(3) switch
            {
                0 => broker.Faults.CutAt(StoreOperation.MetadataCommit, "/commits/", after: random.Next(2) == 0),
                1 => broker.Faults.CutAt(StoreOperation.MetadataCommit, "/partitions/", after: random.Next(2) == 0),
                _ => broker.Faults.CutAt(StoreOperation.ObjectPut, "/manifest/", after: random.Next(2) == 0),
            };
            for (var i = 0; i < 30 && !crash.Happened.IsCompleted; i++)
            {
                var values = Enumerable.Range(0, random.Next(1, 4)).Select(n => $"{round}.{i}.{n}").ToArray();
                var partition = random.Next(2);
                var answer = await broker.ProduceAsync("orders", partition, Batches.Of(values));
                for (var n = 0; n < values.Length && answer.ErrorCode == Protocol.ErrorCode.None; n++)
                {
                    acknowledged.Add((partition, answer.BaseOffset + n), values[n]);
                }

                if (i == 15)
                {
                    broker.Faults.CutAt(StoreOperation.ObjectPut, "/wal/", after: random.Next(2) == 0);
                }

                if (broker.Faults.IsCut)
                {
                    break;
                }
            }

            await CrashAsync(broker);
            if (random.Next(2) == 0)
            {
                broker = await RebuildAndStartAsync(cluster, out _);
            }
            else
            {
                broker = await cluster.StartAsync();
            }

            for (var partition = 0; partition < 2; partition++)
            {
                var stored = (await broker.ReadValuesAsync("orders", partition)).Select((value, offset) => (value, offset)).ToDictionary(one => (long)one.offset, one => one.value);
                foreach (var ((of, offset), value) in acknowledged.Where(one => one.Key.Partition == partition))
                {
                    Assert.Equal(value, stored[offset]);
                }
            }
        }

        await broker.StopAsync();
        await TestTools.CollectAsync(cluster);
        await TestTools.AssertSoundAsync(cluster);
    }

    private static BrokerOptions WithUploadDeadline(BrokerOptions options, TimeSpan deadline) =>
        options with { Flusher = options.Flusher with { UploadDeadline = deadline } };

    private static async Task CrashAsync(TestBroker broker)
    {
        broker.Faults.Cut();
        await broker.ExpireSessionAsync();
    }

    private static Task<TestBroker> RebuildAndStartAsync(TestCluster cluster, out Task<RebuildPlan> plan)
    {
        cluster.Metadata = new MemoryMetadataStore(cluster.TimeProvider);
        var rebuilding = TestTools.RebuildAsync(cluster, cluster.Metadata);
        plan = rebuilding;
        return StartAsync();

        async Task<TestBroker> StartAsync()
        {
            await rebuilding;
            Assert.Empty((await TestTools.VerifyAsync(cluster)).Problems);
            return await cluster.StartAsync();
        }
    }

    private static async Task PutMetadataAsync(TestCluster cluster, string key, IMessage value) => await cluster.Metadata.CommitAsync(
        new MetadataTransaction { Then = [new Operation.Put(key, value.ToByteArray())] }, TestCluster.Cancelled);
}
