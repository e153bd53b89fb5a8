using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class SessionTests
{
    [Fact]
    public async Task A_broker_that_loses_its_session_registers_again_and_goes_on_with_nothing_lost()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var topicId = await cluster.CreateTopicAsync("orders", 2);
        await broker.MustProduceAsync("orders", "before");

        await broker.ExpireSessionAsync();
        var refused = await broker.ProduceAsync("orders", "at the end of the session");
        await broker.UntilLeadingAsync("orders");
        await broker.MustProduceAsync("orders", "after");

        Assert.Equal(ErrorCode.NotLeaderOrFollower, refused.ErrorCode);
        Assert.Equal(["before", "after"], await broker.ReadValuesAsync("orders"));
        Assert.Equal(1, (await cluster.PartitionRecordAsync(topicId)).LeaderEpoch);
    }

    [Fact]
    public async Task How_long_its_successor_has_to_wait_for_its_lease_is_known_whatever_a_broker_has_said_of_itself_since()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await broker.Node.AnnounceAsync("elsewhere.test", 1234, TestCluster.Cancelled);

        var key = Assert.Single((await cluster.Metadata.RangeAsync(KeyRange.Key(cluster.Keys.Session(1)), 0, 0, TestCluster.Cancelled)).Entries);
        var record = SessionRecord.Parser.ParseFrom(key.Value.Span);
        Assert.Equal(("elsewhere.test", (long)cluster.Options.SessionTimeToLive.TotalMilliseconds), (record.Host, record.LeaseTtlMs));
    }

    [Fact]
    public async Task A_broker_that_knows_that_its_session_has_ended_coordinates_no_group_and_names_itself_only_where_it_is_alone()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.UntilLeadingAsync("orders");
        var stream = broker.HoldMetadata();

        await broker.ExpireSessionAsync();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await broker.ProduceAsync("orders", "a")).ErrorCode);

        var described = await broker.SendAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new MetadataRequest.MetadataRequestTopic { Name = "orders" }] }, 12);
        Assert.Equal(1, described.Topics[0].Partitions[0].LeaderId);
        var found = await broker.SendAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["readers"] }, 4);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, found.Coordinators[0].ErrorCode);
        stream.Release();
    }

    [Fact]
    public async Task What_is_on_its_way_when_the_session_ends_is_refused_and_its_retry_is_stored_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var uploading = broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));
        await block.Reached;

        await broker.ExpireSessionAsync();
        block.Release();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await uploading).ErrorCode);
        await broker.UntilLeadingAsync("orders");
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 2, "c"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 2, "c"));

        Assert.Equal(["a", "b", "c"], await broker.ReadValuesAsync("orders"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_batch_of_a_producer_that_was_refused_around_a_lost_session_is_not_overtaken(bool wasUploading)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var first = Batches.Idempotent(1, 0, 0, "a");
        if (wasUploading)
        {
            var block = broker.Faults.Block(StoreOperation.ObjectPut);
            var uploading = broker.ProduceAsync("orders", 0, first);
            await block.Reached;
            await broker.ExpireSessionAsync();
            block.Release();
            Assert.Equal(ErrorCode.NotLeaderOrFollower, (await uploading).ErrorCode);
        }
        else
        {
            broker.Log("orders").StopLeading();
            Assert.Equal(ErrorCode.NotLeaderOrFollower, (await broker.ProduceAsync("orders", 0, first)).ErrorCode);
            await broker.ExpireSessionAsync();
        }

        await broker.UntilLeadingAsync("orders");
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, first);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_commit_that_took_effect_just_before_the_session_ended_counts_and_its_retry_is_recognised()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailAfter(StoreOperation.MetadataCommit, "/commits/");
        var blockRetry = broker.Faults.Block(StoreOperation.MetadataCommit, "/commits/");
        var batch = Batches.Idempotent(1, 0, 0, "a");
        var unknown = broker.ProduceAsync("orders", 0, batch);
        await blockRetry.Reached;
        await broker.ExpireSessionAsync();
        blockRetry.Release();
        await unknown;
        await broker.UntilLeadingAsync("orders");

        Assert.Equal(0, await broker.MustProduceAsync("orders", 0, batch));
        Assert.Equal(1, await broker.MustProduceAsync("orders", "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_broker_that_another_has_replaced_writes_nothing_that_anybody_sees()
    {
        await using var cluster = new TestCluster();
        var zombie = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await zombie.MustProduceAsync("orders", "before");
        var upload = zombie.Faults.Block(StoreOperation.ObjectPut);
        var late = zombie.ProduceAsync("orders", "of the zombie");
        await upload.Reached;

        // And does not come back, or it would share the work in its next session.
        zombie.Faults.FailBefore(StoreOperation.MetadataCommit, "/sessions/1", int.MaxValue);
        await zombie.ExpireSessionAsync();
        var successor = await cluster.StartLeaderAsync(2);
        Assert.Equal(1, await successor.MustProduceAsync("orders", "of the successor"));
        upload.Release();
        var refused = await late;
        var refusedAfterwards = await zombie.ProduceAsync("orders", "once more");
        await successor.MustProduceAsync("orders", "after");

        Assert.Equal(ErrorCode.NotLeaderOrFollower, refused.ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, refusedAfterwards.ErrorCode);
        Assert.Equal(["before", "of the successor", "after"], await successor.ReadValuesAsync("orders"));
        zombie.Faults.Cut();
        var next = await cluster.CrashAndRestartAsync(successor);
        Assert.Equal(["before", "of the successor", "after"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_second_broker_of_the_same_id_does_not_start()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAsync(with: options => options with { SessionTimeToLive = TimeSpan.FromSeconds(2) });

        await Assert.ThrowsAsync<BrokerIdInUseException>(() => cluster.StartAsync());
    }

    [Fact]
    public async Task A_broker_stops_rather_than_go_on_with_metadata_that_leaves_a_hole_in_a_log()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var topicId = await cluster.CreateTopicAsync("orders");
        var commit = new CommitRecord { ObjectLength = 100 };
        var topic = new TopicSlicesRecord { TopicId = TopicIds.ToBytes(topicId) };
        topic.Slices.Add(new SliceRecord { BaseOffset = 5, EndOffset = 6, Length = 60 });
        commit.Topics.Add(topic);

        await cluster.Metadata.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Put(cluster.Keys.Commit(99, 0), commit.ToByteArray())] }, TestCluster.Cancelled);

        await Assert.ThrowsAnyAsync<Exception>(() => broker.Node.Completion.WaitAsync(TestBroker.Patience, TestCluster.Cancelled));
    }

    [Fact]
    public async Task Several_sessions_lost_one_after_another_lose_nothing()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        var stored = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            var value = $"{round}";
            await broker.UntilLeadingAsync("orders");
            if ((await broker.ProduceAsync("orders", value)).ErrorCode == ErrorCode.None)
            {
                stored.Add(value);
            }

            await broker.ExpireSessionAsync();
            if ((await broker.ProduceAsync("orders", value + "'")).ErrorCode == ErrorCode.None)
            {
                stored.Add(value + "'");
            }
        }

        await broker.UntilLeadingAsync("orders");
        Assert.Equal(stored, await broker.ReadValuesAsync("orders"));
        Assert.True(stored.Count >= 10);
    }
}
