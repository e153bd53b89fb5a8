using Kafscale.Broker.Administration;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Tests.Groups;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Administration;

public sealed class GroupInspectionTests
{
    [Fact]
    public async Task The_lag_of_a_group_is_what_is_still_there_behind_its_offsets()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await cluster.CreateTopicAsync("payments");
        await broker.MustProduceAsync("orders", 0, Batches.Of("a", "b", "c"));
        await broker.MustProduceAsync("orders", 1, Batches.Of("d"));
        await CommitAsync(broker, "billing", ("orders", 0, 1), ("orders", 1, 0), ("payments", 0, 0));

        Assert.Equal(new() { ["orders"] = 3, ["payments"] = 0 }, LagOf(broker, "billing"));
        await broker.DeleteRecordsAsync("orders", 0, 2);
        Assert.Equal(new() { ["orders"] = 2, ["payments"] = 0 }, LagOf(broker, "billing"));
        await cluster.DeleteTopicAsync("payments");
        await TestBroker.UntilAsync(() => !LagOf(broker, "billing").ContainsKey("payments"));
    }

    [Theory]
    [InlineData(1, new[] { "a", "b", "c", "d" })]
    [InlineData(3, new[] { "a b c", "d" })]
    [InlineData(4, new[] { "a b c d" })]
    [InlineData(10_000, new[] { "a b c d" })]
    public async Task Pages_follow_each_other_in_the_order_of_ids_and_the_last_one_says_so(int limit, string[] pages)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("orders");
        foreach (var group in (string[])["c", "a", "d", "b"])
        {
            await harness.CommitAsync(group, topic, 0, 1);
        }

        var inspection = InspectionOf(harness);
        var found = new List<string>();
        for (var after = ""; after is not null;)
        {
            var page = inspection.Find(after, limit);
            found.Add(string.Join(' ', page.Groups.Select(group => group.Id)));
            after = page.Next;
        }

        Assert.Equal(pages, found);
    }

    [Fact]
    public async Task Pages_begin_behind_the_id_that_is_named_whether_there_is_such_a_group_or_not()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("orders");
        await harness.CommitAsync("Z", topic, 0, 1);
        await harness.CommitAsync("a", topic, 0, 1);
        await harness.CommitAsync("aa", topic, 0, 1);
        var inspection = InspectionOf(harness);

        Assert.Equal(["Z", "a", "aa"], Ids(inspection.Find("", 10)));
        Assert.Equal(["aa"], Ids(inspection.Find("a", 10)));
        Assert.Equal(["a", "aa"], Ids(inspection.Find("ZZ", 10)));
        Assert.Empty(Ids(inspection.Find("aa", 10)));
    }

    [Fact]
    public async Task Groups_are_told_with_their_protocol_state_and_members_and_those_that_are_dead_are_not()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("orders");
        await harness.MakeStableAsync("stable");
        await harness.JoinAsync("joined", GroupHarness.Command() with { RequiresKnownMemberId = false });
        await harness.CommitAsync("simple", topic, 0, 1);
        await harness.CommitAsync("deleted", topic, 0, 1);
        await harness.ShardOf("deleted").DeleteGroupAsync("deleted");
        await new GroupApi(harness).CallAsync<ConsumerGroupHeartbeatResponse>(
            new ConsumerGroupHeartbeatRequest
            {
                GroupId = "new",
                MemberId = "m",
                MemberEpoch = 0,
                RebalanceTimeoutMs = 60_000,
                SubscribedTopicNames = ["orders"],
                TopicPartitions = [],
            },
            1);

        var page = InspectionOf(harness).Find("", 10);

        Assert.True(page.IsComplete);
        Assert.Equal(
            [("joined", "classic", "CompletingRebalance", 1), ("new", "consumer", "Stable", 1), ("simple", "classic", "Empty", 0), ("stable", "classic", "Stable", 1)],
            page.Groups.Select(group => (group.Id, group.Type, group.State, group.Members)));
    }

    [Fact]
    public async Task While_groups_are_still_read_what_is_told_is_not_complete()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.MakeStableAsync("readers");
        var finishLoadingAsync = await harness.BeginFailOverAsync();
        var inspection = InspectionOf(harness);

        var before = inspection.Find("", 10);
        await finishLoadingAsync();
        var after = inspection.Find("", 10);

        Assert.Equal((false, 0), (before.IsComplete, before.Groups.Count));
        Assert.True(after.IsComplete);
        Assert.Equal(["readers"], Ids(after));
    }

    [Fact]
    public async Task Without_a_session_what_is_told_is_not_complete()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.EndSessionAsync();

        Assert.False(InspectionOf(harness).Find("", 10).IsComplete);
    }

    private static GroupInspection InspectionOf(CoordinatorHarness harness) => new(
        harness.Coordinator,
        new ClusterState(harness.Keys, new ObjectKeys("test"), new TopicConfiguration(), NullLogger<ClusterState>.Instance));

    private static IEnumerable<string> Ids(CoordinatedGroupPage page) => page.Groups.Select(group => group.Id);

    private static Dictionary<string, long> LagOf(TestBroker broker, string group) =>
        new(broker.Node.FindGroups("", 10).Groups.Single(found => found.Id == group).LagByTopic);

    private static async Task CommitAsync(TestBroker broker, string group, params (string Topic, int Partition, long Offset)[] offsets)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            Topics =
            [
                .. offsets.Select(offset => new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = offset.Topic,
                    Partitions = [new() { PartitionIndex = offset.Partition, CommittedOffset = offset.Offset, CommittedMetadata = "" }],
                }),
            ],
        };
        await TestBroker.UntilAsync(async () =>
        {
            var response = await broker.SendAsync<OffsetCommitResponse>(request, 8);
            return response.Topics.All(topic => topic.Partitions[0].ErrorCode == ErrorCode.None);
        });
    }
}
