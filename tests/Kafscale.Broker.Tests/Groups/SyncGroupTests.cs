using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using static Kafscale.Broker.Tests.Groups.GroupHarness;

namespace Kafscale.Broker.Tests.Groups;

public sealed class SyncGroupTests
{
    [Fact]
    public void Members_wait_for_the_leader_and_get_exactly_what_it_assigned()
    {
        var harness = new GroupHarness();
        var (leader, follower) = JoinTwo(harness);

        var waiting = harness.Sync(follower);
        Assert.False(waiting.IsCompleted);
        var leading = harness.Sync(leader);

        Assert.Equal(Assignment(follower.MemberId).ToArray(), Now(waiting).Assignment.ToArray());
        Assert.Equal(Assignment(leader.MemberId).ToArray(), Now(leading).Assignment.ToArray());
        Assert.Equal(("consumer", "range"), (Now(waiting).ProtocolType, Now(waiting).ProtocolName));
        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);
    }

    [Fact]
    public void A_member_that_the_leader_left_out_gets_an_empty_assignment()
    {
        var harness = new GroupHarness();
        var (leader, follower) = JoinTwo(harness);

        harness.Sync(new SyncGroupCommand { MemberId = leader.MemberId, Generation = 1 });
        var sync = Now(harness.Sync(follower));

        Assert.Equal((ErrorCode.None, 0), (sync.Error, sync.Assignment.Length));
    }

    [Fact]
    public void Nobody_has_an_assignment_before_it_is_durable()
    {
        var harness = new GroupHarness { StoresAtOnce = false };
        var (leader, follower) = JoinTwo(harness);

        var syncs = new[] { harness.Sync(follower), harness.Sync(leader) };
        Assert.All(syncs, sync => Assert.False(sync.IsCompleted));
        Assert.Equal(ClassicGroupState.CompletingRebalance, harness.Group.State);
        harness.AnswerStore(ErrorCode.None);

        Assert.All(syncs, sync => Assert.Equal(ErrorCode.None, Now(sync).Error));
        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);
    }

    [Fact]
    public void An_assignment_that_can_not_be_stored_is_handed_to_nobody_and_the_group_rebalances()
    {
        var harness = new GroupHarness { StoresAtOnce = false };
        var (leader, follower) = JoinTwo(harness);

        var syncs = new[] { harness.Sync(follower), harness.Sync(leader) };
        harness.AnswerStore(ErrorCode.CoordinatorNotAvailable);

        Assert.All(syncs, sync => Assert.Equal(ErrorCode.CoordinatorNotAvailable, Now(sync).Error));
        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
    }

    [Fact]
    public void A_store_that_does_not_answer_is_given_up_after_the_commit_timeout()
    {
        var harness = new GroupHarness { StoresAtOnce = false };
        var (leader, _) = JoinTwo(harness);

        var sync = harness.Sync(leader);
        harness.Pass(4_999);
        Assert.False(sync.IsCompleted);
        harness.Pass(1);

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, Now(sync).Error);
        harness.AnswerStore(ErrorCode.None);
        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
    }

    [Fact]
    public void A_store_that_answers_for_an_older_generation_changes_nothing()
    {
        var harness = new GroupHarness { StoresAtOnce = false };
        var (leader, follower) = JoinTwo(harness);
        harness.Sync(leader);
        var late = Assert.Single(harness.Unstored);
        harness.Unstored.Clear();

        harness.Join(Command(follower.MemberId) with { Protocols = Protocols("range", "sticky") });
        var next = Now(harness.Join(Command(leader.MemberId)));
        harness.Group.OnStored(late, ErrorCode.None);

        Assert.Equal(2, next.Generation);
        Assert.Equal(ClassicGroupState.CompletingRebalance, harness.Group.State);
    }

    [Fact]
    public void In_a_stable_generation_asking_again_gives_the_same_assignment()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);

        Assert.Equal(Assignment(joined[1].MemberId).ToArray(), Now(harness.Sync(joined[1])).Assignment.ToArray());
    }

    [Fact]
    public void A_sync_during_a_rebalance_is_told_to_join_again()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);
        harness.Join(Command(joined[0].MemberId));

        Assert.Equal(ErrorCode.RebalanceInProgress, Now(harness.Sync(joined[1])).Error);
    }

    [Fact]
    public void A_sync_of_another_generation_is_refused()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1);

        Assert.Equal(ErrorCode.IllegalGeneration, Now(harness.Sync(joined[0] with { Generation = 2 })).Error);
        Assert.Equal(ErrorCode.IllegalGeneration, Now(harness.Sync(joined[0] with { Generation = 0 })).Error);
    }

    [Fact]
    public void A_sync_of_a_stranger_is_refused()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1);

        Assert.Equal(ErrorCode.UnknownMemberId, Now(harness.Sync(joined[0] with { MemberId = "stranger" })).Error);
    }

    [Theory]
    [InlineData("connect", "range")]
    [InlineData("consumer", "sticky")]
    public void A_sync_that_takes_the_group_for_another_is_refused(string protocolType, string protocolName)
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1);
        var command = new SyncGroupCommand
        {
            MemberId = joined[0].MemberId,
            Generation = 1,
            ProtocolType = protocolType,
            ProtocolName = protocolName,
        };

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Now(harness.Sync(command)).Error);
    }

    [Fact]
    public void Members_that_never_ask_for_their_assignment_are_removed_after_the_rebalance_timeout()
    {
        var harness = new GroupHarness();
        var (leader, follower) = JoinTwo(harness);
        harness.Sync(leader);
        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);

        for (var i = 0; i < 12; i++)
        {
            harness.Heartbeat(leader);
            harness.Heartbeat(follower);
            harness.Pass(5_000);
        }

        Assert.Equal(leader.MemberId, Assert.Single(harness.Group.Members).Id);
        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
    }

    [Fact]
    public void A_leader_that_never_assigns_is_removed_and_the_others_join_again()
    {
        var harness = new GroupHarness();
        var (leader, follower) = JoinTwo(harness);
        var waiting = harness.Sync(follower);

        for (var i = 0; i < 12; i++)
        {
            harness.Heartbeat(leader);
            harness.Pass(5_000);
        }

        Assert.Equal(ErrorCode.RebalanceInProgress, Now(waiting).Error);
        Assert.Equal(2, Now(harness.Join(Command(follower.MemberId))).Generation);
        Assert.Equal(follower.MemberId, harness.Group.LeaderId);
    }

    [Fact]
    public void What_is_stored_brings_the_whole_generation_back()
    {
        var harness = new GroupHarness();
        var command = Command() with { Protocols = Protocols("range", "sticky"), ClientId = "app" };
        var joined = harness.MakeStable(2, command);

        var loaded = new GroupHarness();
        loaded.Group = ClassicGroup.Load(harness.LastStored!.Record.Clone(), loaded.Options, loaded.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Equal(ClassicGroupState.Stable, loaded.Group.State);
        Assert.Equal((1, "consumer", "range", joined[0].MemberId), (loaded.Group.Generation, loaded.Group.ProtocolType, loaded.Group.ProtocolName, loaded.Group.LeaderId));
        Assert.Equal(ErrorCode.None, loaded.Heartbeat(joined[1]));
        Assert.Equal(Assignment(joined[1].MemberId).ToArray(), Now(loaded.Sync(joined[1])).Assignment.ToArray());
        Assert.Equal(1, Now(loaded.Join(command with { MemberId = joined[1].MemberId })).Generation);
    }

    private static (JoinGroupResult Leader, JoinGroupResult Follower) JoinTwo(GroupHarness harness)
    {
        var joins = new[] { harness.JoinNew(), harness.JoinNew() };
        harness.Pass(6_000);
        return (Now(joins[0]), Now(joins[1]));
    }
}
