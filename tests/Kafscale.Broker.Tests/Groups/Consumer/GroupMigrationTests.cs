using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>Groups that go over from one protocol to the other while they have members.</summary>
public sealed class GroupMigrationTests : IAsyncLifetime
{
    private CoordinatorHarness _harness = null!;

    public ValueTask InitializeAsync() => StartAsync(ConsumerGroupMigrationPolicy.Bidirectional);

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_group_goes_over_with_the_first_member_of_the_new_protocol_and_back_with_the_last()
    {
        var classic = await MakeStableAsync();
        Assert.Equal(("classic", "Stable"), TypeAndState());

        var upgraded = await HeartbeatAsync(Joining("new"));
        Assert.Equal((ErrorCode.None, 2, 0), (upgraded.Error, upgraded.MemberEpoch, upgraded.Assignment!.Count));
        Assert.Equal(("consumer", "Reconciling"), TypeAndState());

        // The classic member is told to come back, gives up two partitions, and says so.
        Assert.Equal(ErrorCode.RebalanceInProgress, Heartbeat(classic.MemberId, classic.Generation));
        var rejoined = await JoinAsync(classic.MemberId, owned: 4);
        Assert.Equal((ErrorCode.None, 1), (rejoined.Error, rejoined.Generation));
        var kept = await SyncAsync(rejoined);
        Assert.Equal(2, kept.Count);
        rejoined = await JoinAsync(classic.MemberId, owned: 2);
        Assert.Equal((ErrorCode.None, 2), (rejoined.Error, rejoined.Generation));
        Assert.Equal(kept, await SyncAsync(rejoined));
        Assert.Equal(ErrorCode.None, Heartbeat(classic.MemberId, 2));
        Assert.Equal(2, (await HeartbeatAsync(new() { MemberId = "new", MemberEpoch = 2 })).Assignment!.Count);
        Assert.Equal(("consumer", "Stable"), TypeAndState());

        await HeartbeatAsync(new() { MemberId = "new", MemberEpoch = -1 });
        Assert.Equal(("classic", "PreparingRebalance"), TypeAndState());
        Assert.NotEqual(ErrorCode.None, Heartbeat(classic.MemberId, 2));
        var joined = await JoinAsync(classic.MemberId, owned: 2);
        Assert.Equal((ErrorCode.None, classic.MemberId), (joined.Error, joined.Leader));
        Assert.True(joined.Generation > 2);
    }

    [Fact]
    public async Task A_group_that_went_over_moves_to_another_coordinator()
    {
        var classic = await MakeStableAsync();
        await HeartbeatAsync(Joining("new"));
        await _harness.FailOverAsync();

        Assert.Equal("consumer", TypeAndState().Type);
        Assert.Equal(ErrorCode.RebalanceInProgress, Heartbeat(classic.MemberId, classic.Generation));
        await HeartbeatAsync(new() { MemberId = "new", MemberEpoch = -1 });
        await _harness.FailOverAsync();
        Assert.Equal("classic", TypeAndState().Type);
    }

    [Fact]
    public async Task A_group_that_goes_over_keeps_its_offsets()
    {
        var classic = await MakeStableAsync();
        Assert.True(_harness.Topics.TryGetTopic("a", out var topicId, out _));
        Assert.Equal(ErrorCode.None, await _harness.CommitAsync("g", topicId, 0, 7, classic.MemberId, classic.Generation));
        await HeartbeatAsync(Joining("new"));
        Assert.Equal(7, _harness.Find("g", topicId, 0));
        Assert.Equal(ErrorCode.None, await _harness.CommitAsync("g", topicId, 0, 8, classic.MemberId, classic.Generation));
    }

    [Fact]
    public async Task A_group_stays_what_it_is_where_that_is_forbidden()
    {
        await StartAsync(ConsumerGroupMigrationPolicy.Disabled);
        await MakeStableAsync();
        Assert.Equal(ErrorCode.GroupIdNotFound, (await HeartbeatAsync(Joining("new"))).Error);
        Assert.Equal("classic", TypeAndState().Type);
    }

    [Fact]
    public async Task A_group_whose_members_are_no_consumers_does_not_go_over()
    {
        await _harness.MakeStableAsync("g", GroupHarness.Command() with { ProtocolType = "connect" });
        Assert.Equal(ErrorCode.GroupIdNotFound, (await HeartbeatAsync(Joining("new"))).Error);
        Assert.Equal(("classic", "Stable"), TypeAndState());
    }

    [Theory]
    [InlineData(false, ErrorCode.InvalidRegularExpression)]
    [InlineData(true, ErrorCode.GroupMaxSizeReached)]
    public async Task A_group_stays_as_it_is_where_the_member_of_the_new_protocol_is_refused(bool isFull, ErrorCode refusal)
    {
        await StartAsync(ConsumerGroupMigrationPolicy.Bidirectional, consumerMaxSize: isFull ? 1 : 10);
        var classic = await MakeStableAsync();
        var joining = isFull ? Joining("new") : Joining("new") with { SubscribedTopicNames = null, SubscribedTopicRegex = "(" };

        Assert.Equal(refusal, (await HeartbeatAsync(joining)).Error);

        Assert.Equal(("classic", "Stable"), TypeAndState());
        Assert.Equal(ErrorCode.None, Heartbeat(classic.MemberId, classic.Generation));
    }

    [Fact]
    public async Task An_empty_group_becomes_whatever_its_next_member_speaks()
    {
        await StartAsync(ConsumerGroupMigrationPolicy.Disabled);
        var classic = await MakeStableAsync();
        await _harness.ShardOf("g").LeaveAsync("g", [new LeavingMember(classic.MemberId, null, null)]);
        Assert.Equal(ErrorCode.None, (await HeartbeatAsync(Joining("new"))).Error);
        Assert.Equal(("consumer", "Stable"), TypeAndState());

        await HeartbeatAsync(new() { MemberId = "new", MemberEpoch = -1 });
        Assert.Equal(("consumer", "Empty"), TypeAndState());
        await MakeStableAsync();
        Assert.Equal(("classic", "Stable"), TypeAndState());
    }

    [Fact]
    public async Task Who_waits_for_a_classic_rebalance_joins_again_when_the_group_goes_over()
    {
        var classic = await MakeStableAsync();
        var waiting = _harness.JoinAsync("g", Command("", owned: 0));
        Assert.False(waiting.IsCompleted);
        await HeartbeatAsync(Joining("new"));
        Assert.Equal(ErrorCode.RebalanceInProgress, (await waiting).Error);
        Assert.Equal(ErrorCode.None, (await JoinAsync(classic.MemberId, owned: 0)).Error);
    }

    private async ValueTask StartAsync(ConsumerGroupMigrationPolicy policy, int consumerMaxSize = 10)
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }

        _harness = await CoordinatorHarness.StartAsync(
            new GroupOptions { InitialRebalanceDelayMs = 0, ConsumerMigrationPolicy = policy, ConsumerMaxSize = consumerMaxSize });
        _harness.Topics.Add("a", 4);
    }

    private (string Type, string State) TypeAndState()
    {
        var group = Assert.Single(_harness.List());
        return (group.Type, group.State);
    }

    /// <summary>A classic group with one member, which has all four partitions.</summary>
    private async Task<JoinGroupResult> MakeStableAsync()
    {
        var joined = await JoinAsync("", owned: 0);
        var synced = await _harness.ShardOf("g").SyncAsync("g", new SyncGroupCommand
        {
            MemberId = joined.MemberId,
            Generation = joined.Generation,
            Assignments = new Dictionary<string, ReadOnlyMemory<byte>>
            {
                [joined.MemberId] = ClassicBytes.Of(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = "a", Partitions = [0, 1, 2, 3] }] }, 1),
            },
        });
        Assert.Equal((ErrorCode.None, ErrorCode.None), (joined.Error, synced.Error));
        return joined;
    }

    private static JoinGroupCommand Command(string memberId, int owned)
    {
        var subscription = new ConsumerProtocolSubscription { Topics = ["a"] };
        if (owned > 0)
        {
            subscription.OwnedPartitions.Add(new() { Topic = "a", Partitions = [.. Enumerable.Range(0, owned)] });
        }

        return GroupHarness.Command(memberId) with
        {
            RequiresKnownMemberId = false,
            Protocols = [new GroupProtocol("cooperative-sticky", ClassicBytes.Of(subscription, 1))],
        };
    }

    private Task<JoinGroupResult> JoinAsync(string memberId, int owned) => _harness.JoinAsync("g", Command(memberId, owned));

    private ErrorCode Heartbeat(string memberId, int generation) => _harness.ShardOf("g").Heartbeat("g", memberId, null, generation);

    private async Task<List<int>> SyncAsync(JoinGroupResult joined)
    {
        var synced = await _harness.ShardOf("g").SyncAsync("g", new SyncGroupCommand
        {
            MemberId = joined.MemberId,
            Generation = joined.Generation,
            Assignments = new Dictionary<string, ReadOnlyMemory<byte>>(),
        });
        Assert.Equal(ErrorCode.None, synced.Error);
        Assert.True(ClassicConsumerProtocol.TryReadAssignment(synced.Assignment, out var assignment));
        return [.. assignment.AssignedPartitions.SelectMany(topic => topic.Partitions)];
    }

    private static ConsumerHeartbeatCommand Joining(string memberId) => new()
    {
        MemberId = memberId,
        MemberEpoch = 0,
        RebalanceTimeoutMs = 30_000,
        SubscribedTopicNames = ["a"],
        Owned = ConsumerGroupMember.NoPartitions,
    };

    private Task<ConsumerHeartbeatResult> HeartbeatAsync(ConsumerHeartbeatCommand command) =>
        _harness.ShardOf("g").ConsumerHeartbeatAsync("g", command);
}
