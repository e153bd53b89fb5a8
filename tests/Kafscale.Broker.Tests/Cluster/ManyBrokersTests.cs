using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Tests.Groups;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>Several brokers that lead, on the same stores.</summary>
public sealed class ManyBrokersTests
{
    [Fact]
    public async Task A_broker_that_joins_gets_its_share()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders", 6);

        var second = await cluster.StartLeaderAsync(2);
        var third = await cluster.StartLeaderAsync(3);

        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2 && LedBy(third) == 2);
    }

    [Fact]
    public async Task What_a_lost_broker_led_is_led_by_the_others_and_nothing_is_lost()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartLeaderAsync(2);
        await cluster.CreateTopicAsync("orders", 4);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);
        for (var partition = 0; partition < 4; partition++)
        {
            await LeaderOf(partition, first, second).MustProduceAsync("orders", partition, Batches.Of("before"));
        }

        first.Faults.Cut();
        await first.ExpireSessionAsync();
        await TestBroker.UntilAsync(() => LedBy(second) == 4);

        for (var partition = 0; partition < 4; partition++)
        {
            await second.MustProduceAsync("orders", partition, Batches.Of("after"));
            Assert.Equal(["before", "after"], await second.ReadValuesAsync("orders", partition));
        }
    }

    [Fact]
    public async Task Clients_are_told_of_a_broker_that_has_gone_until_they_know_the_new_leaders()
    {
        var time = new FakeTimeProvider();
        await using var cluster = new TestCluster(time);
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartLeaderAsync(2);
        await cluster.CreateTopicAsync("orders", 2);
        await TestBroker.UntilAsync(() => LedBy(first) == 1 && LedBy(second) == 1);
        second.Faults.Cut();
        await second.ExpireSessionAsync();
        await TestBroker.UntilAsync(() => LedBy(first) == 2);

        var soon = await DescribeAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        var later = await DescribeAsync();

        Assert.Equal([1, 2], soon.Brokers.Select(broker => broker.NodeId));
        Assert.Equal([1], later.Brokers.Select(broker => broker.NodeId));
        Assert.All([soon, later], answer => Assert.All(answer.Topics[0].Partitions, partition =>
        {
            Assert.Equal(1, partition.LeaderId);
            Assert.Equal([1], partition.ReplicaNodes);
        }));

        async Task<MetadataResponse> DescribeAsync() => await first.SendAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 9);
    }

    [Fact]
    public async Task A_broker_that_drains_hands_everything_over_and_takes_it_back_afterwards()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartLeaderAsync(2);
        await cluster.CreateTopicAsync("orders", 4);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);

        await first.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);

        Assert.Equal(0, LedBy(first));
        await TestBroker.UntilAsync(() => LedBy(second) == 4);
        await second.MustProduceAsync("orders", 0, Batches.Of("to the second"));

        await first.Node.EndDrainAsync(TestCluster.Cancelled);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);
    }

    [Fact]
    public async Task A_leader_that_has_not_heard_that_it_was_replaced_does_not_tell_consumers_that_what_comes_next_is_out_of_range()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        await first.MustProduceAsync("orders", "a");
        var news = first.HoldMetadata();
        await first.ExpireSessionAsync();
        var second = await cluster.StartLeaderAsync(2);
        await second.UntilLeadingAsync("orders");
        await second.MustProduceAsync("orders", "b", "c");

        Assert.Equal(ErrorCode.OffsetNotAvailable, (await first.FetchAsync("orders", 0, 2)).Error);

        news.Release();
        await TestBroker.UntilAsync(() => first.Log("orders").HighWatermark == 3);
        Assert.Equal("c", (await first.FetchAsync("orders", 0, 2)).Records[^1].Value);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await second.FetchAsync("orders", 0, 4)).Error);
    }

    [Fact]
    public async Task A_broker_whose_stream_of_metadata_ends_while_its_next_session_starts_ends_too_and_leaves_its_place()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        await broker.UntilLeadingAsync("orders");
        var lease = broker.Lease;
        var news = broker.HoldMetadata();
        await broker.ExpireSessionAsync();
        await TestBroker.UntilAsync(() =>
        {
            _ = broker.ProduceAsync("orders", "notices it");
            return broker.Lease != lease;
        });
        await news.Reached;
        broker.DamageMetadata(new InvalidDataException("As the test says."));

        news.Release();

        await Assert.ThrowsAsync<InvalidDataException>(() => broker.Node.Completion.WaitAsync(TestBroker.Patience));
        var second = await cluster.StartLeaderAsync(2);
        await second.UntilLeadingAsync("orders");
    }

    [Fact]
    public async Task A_broker_that_loses_its_session_while_it_starts_is_announced_in_the_next_one()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartLeaderAsync(1);
        var news = broker.HoldMetadata();
        await broker.ExpireSessionAsync();

        var announcing = broker.Node.AnnounceAsync("elsewhere.test", 1234, TestCluster.Cancelled);
        news.Release();
        await announcing.WaitAsync(TestBroker.Patience);

        await TestBroker.UntilAsync(() =>
            broker.Node.Services.Cluster.Brokers.TryGetValue(1, out var known) && (known.Record.Host, known.Record.Port) == ("elsewhere.test", 1234));
    }

    [Fact]
    public async Task A_broker_that_has_not_heard_of_a_topic_yet_deletes_it_by_its_id()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartReaderAsync();
        var news = second.HoldMetadata();
        await cluster.CreateTopicAsync("orders");

        var deleting = second.SendAsync<DeleteTopicsResponse>(
            new DeleteTopicsRequest { TimeoutMs = 10_000, Topics = { new() { TopicId = first.Log("orders").Id.TopicId } } }, 6);
        Assert.False(deleting.IsCompleted);
        news.Release();

        Assert.Equal(ErrorCode.None, (await deleting.WaitAsync(TestBroker.Patience)).Responses[0].ErrorCode);
    }

    [Fact]
    public async Task A_merge_that_is_late_removes_nothing_that_the_next_leader_has_merged()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        var segment = first.Faults.Block(StoreOperation.ObjectPut, ".kfs");
        await first.MustProduceAsync("orders", "a");
        await segment.Reached;
        var second = await cluster.StartLeaderAsync(2);
        await first.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await TestBroker.UntilAsync(() => first.Log("orders").MergedThroughOffset == 1);

        segment.Release();
        await first.Node.EndDrainAsync(TestCluster.Cancelled);
        await cluster.CreateTopicAsync("later", 4, ("segment.bytes", "1"));
        await TestBroker.UntilAsync(() => Enumerable.Range(0, 4).Any(partition => first.Log("later", partition).Appender is { IsLeading: true }));
        var led = Enumerable.Range(0, 4).First(partition => first.Log("later", partition).Appender is { IsLeading: true });
        await first.MustProduceAsync("later", led, Batches.Of("b"));
        await TestBroker.UntilAsync(() => first.Log("later", led).MergedThroughOffset == 1);

        Assert.Single(await cluster.SegmentsAsync("orders"));
        Assert.Equal(["a"], await first.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task What_was_accepted_before_a_hand_over_is_acknowledged_and_what_comes_later_is_sent_to_the_next_leader()
    {
        // It does not move, so that whoever waits does so until it is over.
        await using var cluster = new TestCluster(new FakeTimeProvider());
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        var upload = first.Faults.Block(StoreOperation.ObjectPut);
        var accepted = first.ProduceAsync("orders", 0, Batches.Of("accepted"));
        await upload.Reached;
        var second = await cluster.StartLeaderAsync(2);

        var draining = first.Node.DrainAsync(TestCluster.Cancelled);
        await TestBroker.UntilAsync(() => first.Log("orders").Appender is null);
        var sentElsewhere = SendAsync();
        Assert.False(sentElsewhere.IsCompleted);
        upload.Release();
        await draining.WaitAsync(TestBroker.Patience);

        Assert.Equal(ErrorCode.None, (await accepted).ErrorCode);
        Assert.Equal((ErrorCode.NotLeaderOrFollower, 2), await sentElsewhere.WaitAsync(TestBroker.Patience));
        await TestBroker.UntilAsync(() => LedBy(second) == 1);
        await second.MustProduceAsync("orders", "next");
        Assert.Equal(["accepted", "next"], await second.ReadValuesAsync("orders"));

        async Task<(ErrorCode ErrorCode, int LeaderThen)> SendAsync()
        {
            var refused = await first.ProduceAsync("orders", 0, Batches.Of("refused"));
            return (refused.ErrorCode, first.Log("orders").Leader);
        }
    }

    [Fact]
    public async Task While_the_groups_of_a_shard_are_handed_over_clients_are_told_to_come_again_later()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var handOver = first.Faults.Block(StoreOperation.MetadataCommit, cluster.Keys.GroupShards);
        await cluster.StartLeaderAsync(2);
        await handOver.Reached;
        var assignment = first.Node.Services.Cluster.Assignments.Groups;
        var moving = CoordinatorShards.All.First(shard => ClusterAssignments.LeaderOf(assignment, shard) == 2);
        var request = new OffsetCommitRequest { GroupId = CoordinatingBroker.GroupIn(moving), GenerationIdOrMemberEpoch = -1, Topics = [TopicOf("orders")] };

        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await CommitAsync());
        handOver.Release();
        await TestBroker.UntilAsync(() => first.Node.Services.Cluster.FindCoordinator(moving)?.Record.BrokerId == 2);
        Assert.Equal(ErrorCode.NotCoordinator, await CommitAsync());

        async Task<ErrorCode> CommitAsync() =>
            (await first.SendAsync<OffsetCommitResponse>(request, 8)).Topics[0].Partitions[0].ErrorCode;

        static OffsetCommitRequest.OffsetCommitRequestTopic TopicOf(string name) => new()
        {
            Name = name,
            Partitions = [new OffsetCommitRequest.OffsetCommitRequestPartition { CommittedOffset = 1 }],
        };
    }

    [Fact]
    public async Task A_producer_that_comes_before_the_next_leader_is_ready_waits_for_it()
    {
        await using var cluster = new TestCluster(new FakeTimeProvider());
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        first.Log("orders").StopLeading();

        var early = first.ProduceAsync("orders", 0, Batches.Of("early"));
        await cluster.CreateTopicAsync("another change of the cluster");

        Assert.Equal(ErrorCode.None, (await early.WaitAsync(TestBroker.Patience)).ErrorCode);
    }

    private static int LedBy(TestBroker broker) => broker.Node.Services.Cluster.Topics
        .SelectMany(topic => topic.Partitions)
        .Count(log => log.Appender is { IsLeading: true });

    private static TestBroker LeaderOf(int partition, params TestBroker[] brokers) =>
        brokers.Single(broker => broker.Log("orders", partition).Appender is { IsLeading: true });
}
