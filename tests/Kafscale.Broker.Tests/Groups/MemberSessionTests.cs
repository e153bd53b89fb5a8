using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using static Kafscale.Broker.Tests.Groups.GroupHarness;

namespace Kafscale.Broker.Tests.Groups;

public sealed class MemberSessionTests
{
    [Fact]
    public void A_member_that_is_not_heard_of_is_removed_and_the_others_rebalance()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(3);

        harness.Pass(9_999);
        Assert.Equal(ErrorCode.None, harness.Heartbeat(joined[0]));
        Assert.Equal(ErrorCode.None, harness.Heartbeat(joined[1]));
        harness.Pass(1);

        Assert.Equal(ErrorCode.RebalanceInProgress, harness.Heartbeat(joined[0]));
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Heartbeat(joined[2]));
    }

    [Fact]
    public void Heartbeats_keep_a_member_for_ever_and_store_nothing()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1);
        var stored = harness.LastStored;

        for (var i = 0; i < 100; i++)
        {
            harness.Pass(9_000);
            Assert.Equal(ErrorCode.None, harness.Heartbeat(joined[0]));
        }

        Assert.Same(stored, harness.LastStored);
    }

    [Fact]
    public void Committing_counts_as_a_heartbeat()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1)[0];

        harness.Pass(9_000);
        Assert.Equal(ErrorCode.None, harness.Group.ValidateOffsetCommit(new OffsetCommitter(joined.MemberId, null, 1)));
        harness.Pass(9_000);

        Assert.Single(harness.Group.Members);
    }

    [Fact]
    public void A_heartbeat_of_another_generation_is_refused()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1)[0];

        Assert.Equal(ErrorCode.IllegalGeneration, harness.Heartbeat(joined with { Generation = 2 }));
    }

    [Fact]
    public void While_the_leader_assigns_heartbeats_are_good()
    {
        var harness = new GroupHarness();
        var join = harness.JoinNew();
        harness.Pass(3_000);

        Assert.Equal(ErrorCode.None, harness.Heartbeat(Now(join)));
    }

    [Fact]
    public void The_next_generation_begins_without_those_who_do_not_join_within_the_rebalance_timeout()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2, Command() with { RebalanceTimeoutMs = 20_000 });

        var rejoin = harness.Join(Command(joined[0].MemberId) with { RebalanceTimeoutMs = 20_000 });
        for (var i = 0; i < 4; i++)
        {
            harness.Heartbeat(joined[1]);
            Assert.False(rejoin.IsCompleted);
            harness.Pass(5_000);
        }

        Assert.Single(Now(rejoin).Members);
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Heartbeat(joined[1] with { Generation = 2 }));
    }

    [Fact]
    public void The_longest_rebalance_timeout_of_the_members_counts()
    {
        var harness = new GroupHarness();
        var joins = new[]
        {
            harness.JoinNew(Command() with { RebalanceTimeoutMs = 10_000, SessionTimeoutMs = 300_000 }),
            harness.JoinNew(Command() with { RebalanceTimeoutMs = 90_000, SessionTimeoutMs = 300_000 }),
        };
        harness.Pass(6_000);
        var joined = joins.Select(Now).ToList();
        joined.ForEach(member => harness.Sync(member));

        var rejoin = harness.Join(Command(joined[0].MemberId) with { RebalanceTimeoutMs = 10_000 });
        harness.Pass(89_999);
        Assert.False(rejoin.IsCompleted);
        harness.Pass(1);

        Assert.Equal(2, Now(rejoin).Generation);
    }

    [Fact]
    public void A_member_that_waits_for_the_next_generation_is_not_taken_for_dead()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);
        var rejoin = harness.Join(Command(joined[0].MemberId));

        for (var i = 0; i < 6; i++)
        {
            harness.Pass(8_000);
            harness.Heartbeat(joined[1]);
        }

        Assert.Equal(2, harness.Group.Members.Count);
        harness.Join(Command(joined[1].MemberId));
        Assert.Equal(2, Now(rejoin).Generation);
        harness.Pass(10_000);
        Assert.Empty(harness.Group.Members);
    }

    [Fact]
    public void A_member_that_leaves_is_gone_at_once()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(3);

        Assert.Equal(ErrorCode.None, harness.Leave(joined[0].MemberId));

        Assert.Equal(ErrorCode.RebalanceInProgress, harness.Heartbeat(joined[1]));
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Heartbeat(joined[0]));
        var joins = new[] { harness.Join(Command(joined[1].MemberId)), harness.Join(Command(joined[2].MemberId)) };
        Assert.All(joins, join => Assert.Equal(2, Now(join).Generation));
        Assert.Equal(2, joins.Max(join => Now(join).Members.Count));
    }

    [Fact]
    public void A_rebalance_does_not_wait_for_a_member_that_leaves()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);
        var rejoin = harness.Join(Command(joined[0].MemberId));

        harness.Leave(joined[1].MemberId);

        Assert.Single(Now(rejoin).Members);
    }

    [Fact]
    public void When_the_last_member_leaves_the_group_is_empty_and_that_is_stored()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1);

        harness.Leave(joined[0].MemberId);

        Assert.Equal(ClassicGroupState.Empty, harness.Group.State);
        Assert.Equal((2, 0, "consumer"), (harness.LastStored!.Record.Generation, harness.LastStored.Record.Members.Count, harness.LastStored.Record.ProtocolType));
    }

    [Fact]
    public void Several_members_leave_in_one_request_with_an_answer_for_each()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(3);

        var errors = harness.Group.Leave(
        [
            new LeavingMember(joined[0].MemberId, null, "scaled down"),
            new LeavingMember("stranger", null, null),
            new LeavingMember(joined[2].MemberId, null, null),
            new LeavingMember("", null, null),
        ]);

        Assert.Equal([ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.None, ErrorCode.UnknownMemberId], errors);
        Assert.Equal(joined[1].MemberId, Assert.Single(harness.Group.Members).Id);
    }

    [Fact]
    public void Giving_back_an_id_that_was_never_used_does_not_disturb_the_others()
    {
        var harness = new GroupHarness();
        harness.MakeStable(1);
        var id = Now(harness.Join(Command())).MemberId;

        Assert.Equal(ErrorCode.None, harness.Leave(id));

        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, Now(harness.Join(Command(id))).Error);
    }

    [Fact]
    public void A_dead_group_sends_everybody_to_look_for_the_coordinator()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);
        var waiting = harness.Join(Command(joined[0].MemberId));

        harness.Group.Die(ErrorCode.NotCoordinator);

        Assert.Equal(ErrorCode.NotCoordinator, Now(waiting).Error);
        Assert.Equal(ErrorCode.NotCoordinator, harness.Heartbeat(joined[1]));
        Assert.Equal(ErrorCode.NotCoordinator, Now(harness.Join(Command())).Error);
        Assert.Equal(ErrorCode.NotCoordinator, Now(harness.Sync(joined[1])).Error);
        Assert.Equal(ErrorCode.NotCoordinator, harness.Leave(joined[1].MemberId));
        Assert.Equal(ErrorCode.NotCoordinator, harness.Group.ValidateOffsetCommit(new OffsetCommitter("", null, -1)));
    }

    [Fact]
    public void Offsets_of_an_empty_group_may_be_committed_by_anybody()
    {
        Assert.Equal(ErrorCode.None, new GroupHarness().Group.ValidateOffsetCommit(new OffsetCommitter("", null, -1)));
    }

    [Fact]
    public void Offsets_of_a_group_in_use_are_committed_by_its_members_alone()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(1)[0];

        Assert.Equal(ErrorCode.None, harness.Group.ValidateOffsetCommit(new OffsetCommitter(joined.MemberId, null, 1)));
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Group.ValidateOffsetCommit(new OffsetCommitter("", null, -1)));
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Group.ValidateOffsetCommit(new OffsetCommitter("stranger", null, 1)));
        Assert.Equal(ErrorCode.IllegalGeneration, harness.Group.ValidateOffsetCommit(new OffsetCommitter(joined.MemberId, null, 0)));
    }

    [Fact]
    public void A_member_may_commit_while_the_group_prepares_to_rebalance_but_not_while_the_leader_assigns()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);

        harness.Join(Command(joined[0].MemberId));
        Assert.Equal(ErrorCode.None, harness.Group.ValidateOffsetCommit(new OffsetCommitter(joined[1].MemberId, null, 1)));
        harness.Join(Command(joined[1].MemberId));

        Assert.Equal(ErrorCode.RebalanceInProgress, harness.Group.ValidateOffsetCommit(new OffsetCommitter(joined[1].MemberId, null, 2)));
    }
}
