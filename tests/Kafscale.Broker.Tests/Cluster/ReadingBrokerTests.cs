using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using TestBroker = Kafscale.Broker.Tests.Support.TestBroker;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>A broker that leads (1) and one that only reads (2), on the same stores.</summary>
public sealed class ReadingBrokerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_gives_everything_that_is_committed(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders", 2, ("segment.bytes", isMerged ? "1" : "1000000"));
        for (var i = 0; i < 20; i++)
        {
            await leader.MustProduceAsync("orders", i % 2, Batches.Of($"{i}"));
        }

        await TestBroker.UntilAsync(() => reader.Log("orders", 0).HighWatermark == 10 && reader.Log("orders", 1).HighWatermark == 10);
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => reader.Log("orders", 0).MergedThroughOffset == 10 && reader.Log("orders", 1).MergedThroughOffset == 10);
        }

        Assert.Equal(await leader.ReadValuesAsync("orders", 0), await reader.ReadValuesAsync("orders", 0));
        Assert.Equal(await leader.ReadValuesAsync("orders", 1), await reader.ReadValuesAsync("orders", 1));
    }

    [Fact]
    public async Task It_finds_what_was_merged_and_deleted_before_it_heard_of_that()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a", "b");
        await TestBroker.UntilAsync(() => reader.Log("orders").HighWatermark == 2);
        var stream = reader.HoldMetadata();
        await leader.DisposeAsync();
        await cluster.StartAsync(with: options => options with
        {
            Cluster = options.Cluster with { TopicDefaults = options.Cluster.TopicDefaults with { SegmentBytes = 1 } },
        });
        await TestBroker.UntilAsync(async () => await cluster.WalObjectsAsync() is []);

        var reading = reader.ReadValuesAsync("orders");
        Assert.False(reading.IsCompleted);
        stream.Release();
        Assert.Equal(["a", "b"], await reading);
    }

    [Fact]
    public async Task It_knows_everything_from_before_its_start()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a", "b");
        var reader = await cluster.StartReaderAsync();
        Assert.Equal(["a", "b"], await reader.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task It_takes_no_partition_and_writes_nothing_also_when_nobody_leads()
    {
        await using var cluster = new TestCluster();
        var reader = await cluster.StartReaderAsync();
        var id = await cluster.CreateTopicAsync("orders");
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetTopic(id, out _));
        await reader.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
        Assert.Empty(await cluster.MetadataUnderAsync(cluster.Keys.TopicPartitions(id)));

        var leader = await cluster.StartAsync();
        await leader.UntilLeadingAsync(id);
        await leader.MustProduceAsync("orders", "a");
        await leader.DisposeAsync();
        await TestBroker.UntilAsync(() => !reader.Node.Services.Cluster.Brokers.ContainsKey(1));
        Assert.Equal(1, (await cluster.PartitionRecordAsync(id)).Leader);
        Assert.Equal(["a"], await reader.ReadValuesAsync("orders"));
        Assert.Equal(0, reader.Faults.Count(StoreOperation.ObjectPut));
        Assert.Equal(0, reader.Faults.Count(StoreOperation.ObjectDelete));
        Assert.Equal(0, reader.Faults.Count(StoreOperation.MetadataCommit, cluster.Keys.Partitions));
    }

    [Fact]
    public async Task A_producer_is_told_that_it_does_not_lead()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilKnownAsync(reader, "orders");
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await reader.ProduceAsync("orders", "a")).ErrorCode);
    }

    [Fact]
    public async Task Members_of_groups_are_sent_to_the_broker_that_leads()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();

        var found = await reader.SendAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["readers"] }, 4);
        Assert.Equal((ErrorCode.None, 1, 9092), (found.Coordinators[0].ErrorCode, found.Coordinators[0].NodeId, found.Coordinators[0].Port));
        var joined = await reader.SendAsync<JoinGroupResponse>(
            new JoinGroupRequest { GroupId = "readers", ProtocolType = "consumer", SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 10_000 }, 5);
        Assert.Equal(ErrorCode.NotCoordinator, joined.ErrorCode);
        var committed = await reader.SendAsync<OffsetFetchResponse>(new OffsetFetchRequest { GroupId = "readers" }, 5);
        Assert.Equal(ErrorCode.NotCoordinator, committed.ErrorCode);
        var listed = await reader.SendAsync<ListGroupsResponse>(new ListGroupsRequest(), 4);
        Assert.Equal((ErrorCode.None, 0), (listed.ErrorCode, listed.Groups.Count));
    }

    [Fact]
    public async Task It_takes_what_is_to_be_set_on_a_group_and_the_coordinator_tells_members_also_after_a_restart()
    {
        await using var cluster = new TestCluster();
        var coordinator = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();

        var altered = await reader.SendAsync<IncrementalAlterConfigsResponse>(
            new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new() { ResourceType = 32, ResourceName = "readers", Configs = [new() { Name = "consumer.heartbeat.interval.ms", Value = "7000" }] },
                ],
            },
            1);
        Assert.Equal(ErrorCode.None, altered.Responses[0].ErrorCode);
        await coordinator.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
        Assert.Equal((7_000, 5_000), (await JoinAsync(coordinator, "readers"), await JoinAsync(coordinator, "others")));

        coordinator = await cluster.CrashAndRestartAsync(coordinator);
        Assert.Equal((7_000, 5_000), (await JoinAsync(coordinator, "readers"), await JoinAsync(coordinator, "others")));
    }

    [Fact]
    public async Task Without_a_broker_that_leads_there_is_no_coordinator()
    {
        await using var cluster = new TestCluster();
        var reader = await cluster.StartReaderAsync();
        var found = await reader.SendAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["readers"] }, 4);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, found.Coordinators[0].ErrorCode);
    }

    [Fact]
    public async Task Both_tell_the_same_of_leaders_racks_and_replicas()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilLedAsync(reader, "orders");
        await TestBroker.UntilAsync(() => leader.Node.Services.Cluster.Brokers.ContainsKey(2));
        foreach (var broker in (TestBroker[])[leader, reader])
        {
            var metadata = await broker.SendAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 9);
            Assert.Equal([(1, null), (2, "far")], metadata.Brokers.Select(known => (known.NodeId, known.Rack)));
            var partition = metadata.Topics[0].Partitions[0];
            Assert.Equal((ErrorCode.None, 1), (partition.ErrorCode, partition.LeaderId));

            // Consumers follow a preferred read replica only where it is among the replicas.
            Assert.Equal([1, 2], partition.ReplicaNodes);
            Assert.Equal([1, 2], partition.IsrNodes);
            Assert.Empty(partition.OfflineReplicas);
        }
    }

    [Fact]
    public async Task A_topic_that_is_created_through_it_is_led_when_the_answer_comes()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        var created = await reader.SendAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new CreateTopicsRequest.CreatableTopic { Name = "orders", NumPartitions = 3, ReplicationFactor = -1 }], TimeoutMs = 20_000 },
            7);
        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        var metadata = await reader.SendAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 9);
        Assert.All(metadata.Topics[0].Partitions, partition => Assert.Equal(1, partition.LeaderId));
        await leader.UntilLeadingAsync("orders");
        await leader.MustProduceAsync("orders", "a");
    }

    [Fact]
    public async Task A_topic_that_is_deleted_through_it_is_gone_everywhere()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilLedAsync(reader, "orders");
        var deleted = await reader.SendAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = ["orders"], TimeoutMs = 20_000 }, 5);
        Assert.Equal(ErrorCode.None, deleted.Responses[0].ErrorCode);
        await TestBroker.UntilAsync(() => !leader.Node.Services.Cluster.TryGetTopic("orders", out _));
        await TestBroker.UntilAsync(async () => (await cluster.MetadataUnderAsync(cluster.Keys.Deletions)).Count == 0);
    }

    [Fact]
    public async Task Records_are_deleted_by_the_leader_alone_and_it_hears_of_that()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a", "b", "c");
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetPartition("orders", 0, out var log) && log.HighWatermark == 3);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await reader.DeleteRecordsAsync("orders", 0, 2)).Error);
        Assert.Equal(ErrorCode.None, (await leader.DeleteRecordsAsync("orders", 0, 2)).Error);
        await TestBroker.UntilAsync(() => reader.Log("orders").LogStartOffset == 2);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await reader.FetchAsync("orders", 0, 1)).Error);
        Assert.Equal(["c"], await reader.ReadValuesAsync("orders", offset: 2));
        Assert.Equal(2, (await reader.ListOffsetAsync("orders", 0, -2)).Offset);
        Assert.Equal(3, (await reader.ListOffsetAsync("orders", 0, -1)).Offset);
    }

    [Fact]
    public async Task A_topic_that_is_created_again_has_nothing_of_the_old_one_also_in_its_cache()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        foreach (var value in (string[])["old", "new"])
        {
            var id = await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
            await leader.MustProduceAsync("orders", value);
            await TestBroker.UntilAsync(
                () => reader.Node.Services.Cluster.TryGetTopic(id, out var topic) && topic.Partitions[0].MergedThroughOffset == 1);
            Assert.Equal([value], await reader.ReadValuesAsync("orders"));
            await cluster.DeleteTopicAsync("orders");
            await TestBroker.UntilAsync(async () => (await cluster.MetadataUnderAsync(cluster.Keys.Deletions)).Count == 0);
        }
    }

    [Fact]
    public async Task A_fetch_waits_there_until_the_metadata_tells_of_records()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilLedAsync(reader, "orders");
        var waiting = reader.FetchAsync(Fetches.Waiting(20_000, 1, ("orders", 0, 0)));
        await leader.MustProduceAsync("orders", "a");
        var answer = await waiting;
        Assert.Equal("a", Assert.Single(answer.Partitions[0].Records).Value);
    }

    [Fact]
    public async Task An_offset_that_it_has_not_heard_of_yet_is_waited_for()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilLedAsync(reader, "orders");
        var held = reader.HoldMetadata();
        await leader.MustProduceAsync("orders", "a", "b", "c");

        Assert.Equal(ErrorCode.OffsetNotAvailable, (await reader.FetchAsync("orders", 0, 2)).Error);
        var waiting = reader.FetchAsync(Fetches.Waiting(20_000, 1, ("orders", 0, 2)));
        await held.Reached;
        Assert.False(waiting.IsCompleted);
        held.Release();
        var fetched = Assert.Single((await waiting).Partitions);
        Assert.Equal(ErrorCode.None, fetched.Error);
        Assert.Equal("c", fetched.Records[^1].Value);
    }

    [Fact]
    public async Task An_offset_that_does_not_exist_is_not_available_there_and_out_of_range_at_the_leader()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await UntilLedAsync(reader, "orders");
        var answer = await reader.FetchAsync(Fetches.Waiting(50, 1, ("orders", 0, 7)));
        Assert.Equal(ErrorCode.OffsetNotAvailable, answer.Partitions[0].Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await leader.FetchAsync("orders", 0, 7)).Error);
    }

    [Fact]
    public async Task What_it_has_of_one_partition_is_not_held_up_by_what_it_has_not_heard_of_another()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await leader.MustProduceAsync("orders", 1, Batches.Of("a"));
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetPartition("orders", 1, out var log) && log.HighWatermark == 1);
        await UntilLedAsync(reader, "orders");
        var answer = await reader.FetchAsync(Fetches.Waiting(20_000, 1, ("orders", 0, 3), ("orders", 1, 0)));
        Assert.Equal([ErrorCode.None, ErrorCode.None], answer.Partitions.Select(partition => partition.Error));
        Assert.Equal("a", Assert.Single(answer.Partitions[1].Records).Value);
    }

    [Fact]
    public async Task A_leader_epoch_that_it_has_not_heard_of_yet_is_waited_for_and_an_old_one_is_fenced()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetPartition("orders", 0, out var log) && log.HighWatermark == 1);
        var held = reader.HoldMetadata();
        leader = await cluster.CrashAndRestartAsync(leader);
        await leader.UntilLeadingAsync("orders");

        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await reader.FetchAsync(InEpoch(1, maxWaitMs: 0))).Partitions[0].Error);
        var waiting = reader.FetchAsync(InEpoch(1, maxWaitMs: 20_000));
        held.Release();
        Assert.Equal(ErrorCode.None, (await waiting).Partitions[0].Error);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await reader.FetchAsync(InEpoch(0, maxWaitMs: 0))).Partitions[0].Error);
    }

    [Fact]
    public async Task Without_a_session_it_gives_what_it_knows_and_sends_away_who_waits_for_more()
    {
        await using var cluster = new TestCluster();
        var leader = await cluster.StartAsync();
        var reader = await cluster.StartReaderAsync(timeToLive: TimeSpan.FromSeconds(1));
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetPartition("orders", 0, out var log) && log.HighWatermark == 1);
        reader.Faults.FailBefore(StoreOperation.LeaseGrant, times: int.MaxValue);
        reader.Faults.FailBefore(StoreOperation.LeaseKeepAlive, times: int.MaxValue);
        await TestBroker.UntilAsync(() => reader.Node.NotReadyReasons.Count > 0);

        Assert.Equal("a", Assert.Single((await reader.FetchAsync("orders", 0, 0)).Records).Value);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await reader.FetchAsync("orders", 0, 1)).Error);
        reader.Faults.Clear();
        await TestBroker.UntilAsync(async () => (await reader.FetchAsync("orders", 0, 1)).Error == ErrorCode.None);
    }

    [Fact]
    public void A_broker_of_an_earlier_version_says_nothing_of_roles_and_leads() =>
        Assert.True(new RegisteredBroker(new SessionRecord { BrokerId = 1, Rack = "far" }, Session: 1, Revision: 1) is { Leads: true });

    private static FetchRequest InEpoch(int epoch, int maxWaitMs)
    {
        var request = Fetches.Waiting(maxWaitMs, 1, ("orders", 0, 0));
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        return request;
    }

    private static Task UntilKnownAsync(TestBroker broker, string topic) =>
        TestBroker.UntilAsync(() => broker.Node.Services.Cluster.TryGetTopic(topic, out _));

    /// <summary>The heartbeat interval that a new member of the consumer protocol is told.</summary>
    private static async Task<int> JoinAsync(TestBroker broker, string groupId)
    {
        var joining = new ConsumerGroupHeartbeatRequest
        {
            GroupId = groupId,
            MemberId = "m",
            RebalanceTimeoutMs = 30_000,
            SubscribedTopicNames = ["orders"],
            TopicPartitions = [],
        };
        ConsumerGroupHeartbeatResponse? joined = null;
        await TestBroker.UntilAsync(async () =>
            (joined = await broker.SendAsync<ConsumerGroupHeartbeatResponse>(joining, 1)).ErrorCode is not (ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress));
        Assert.Equal(ErrorCode.None, joined!.ErrorCode);
        return joined.HeartbeatIntervalMs;
    }

    private static Task UntilLedAsync(TestBroker broker, string topic) => TestBroker.UntilAsync(
        () => broker.Node.Services.Cluster.TryGetTopic(topic, out var known)
            && known.Partitions.All(log => broker.Node.Services.Cluster.IsLed(log.Record.Record)));
}
