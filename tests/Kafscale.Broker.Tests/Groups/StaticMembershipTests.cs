using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using static Kafscale.Broker.Tests.Groups.GroupHarness;

namespace Kafscale.Broker.Tests.Groups;

public sealed class StaticMembershipTests
{
    [Fact]
    public void A_static_member_needs_no_second_request_to_join()
    {
        var harness = new GroupHarness();

        var join = harness.Join(Command(instanceId: "a"));
        harness.Pass(3_000);

        Assert.Equal(1, Now(join).Generation);
        Assert.Equal("a", Assert.Single(Now(join).Members).InstanceId);
    }

    [Fact]
    public void A_static_member_that_starts_again_takes_its_place_without_a_rebalance()
    {
        var harness = new GroupHarness();
        var (leader, follower) = MakeStable(harness);

        var again = Now(harness.Join(Command(instanceId: "b")));

        Assert.NotEqual(follower.MemberId, again.MemberId);
        Assert.Equal((ErrorCode.None, 1, leader.MemberId, false), (again.Error, again.Generation, again.Leader, again.SkipAssignment));
        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);
        Assert.Equal(Assignment(follower.MemberId).ToArray(), Now(harness.Sync(again)).Assignment.ToArray());
        Assert.Equal(ErrorCode.None, harness.Heartbeat(leader, "a"));
        Assert.Contains(harness.LastStored!.Record.Members, member => member.MemberId == again.MemberId && member.InstanceId == "b");
    }

    [Fact]
    public void Its_former_self_is_fenced()
    {
        var harness = new GroupHarness();
        var (_, follower) = MakeStable(harness);
        harness.Join(Command(instanceId: "b"));

        Assert.Equal(ErrorCode.FencedInstanceId, harness.Heartbeat(follower, "b"));
        Assert.Equal(ErrorCode.FencedInstanceId, Now(harness.Join(Command(follower.MemberId, "b"))).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, harness.Group.ValidateOffsetCommit(new OffsetCommitter(follower.MemberId, "b", 1)));
        Assert.Equal(ErrorCode.FencedInstanceId, harness.Leave(follower.MemberId, "b"));
        Assert.Equal(ErrorCode.FencedInstanceId, Now(harness.Sync(new SyncGroupCommand { MemberId = follower.MemberId, InstanceId = "b", Generation = 1 })).Error);
    }

    [Fact]
    public void A_former_self_that_waits_is_fenced_too()
    {
        var harness = new GroupHarness();
        var (_, follower) = MakeStable(harness);
        var waiting = harness.Join(Command(follower.MemberId, "b") with { Protocols = Protocols("range", "sticky") });

        harness.Join(Command(instanceId: "b"));

        Assert.Equal(ErrorCode.FencedInstanceId, Now(waiting).Error);
    }

    [Fact]
    public void A_leader_that_starts_again_is_told_to_leave_the_assignment_as_it_is()
    {
        var harness = new GroupHarness();
        var (leader, _) = MakeStable(harness);

        var again = Now(harness.Join(Command(instanceId: "a")));

        Assert.Equal((again.MemberId, true, 2), (again.Leader, again.SkipAssignment, again.Members.Count));
        Assert.Equal(Assignment(leader.MemberId).ToArray(), Now(harness.Sync(again)).Assignment.ToArray());
    }

    [Fact]
    public void An_old_client_that_led_and_starts_again_takes_itself_for_a_follower()
    {
        var harness = new GroupHarness();
        var (leader, _) = MakeStable(harness);

        var again = Now(harness.Join(Command(instanceId: "a") with { SupportsSkippingAssignment = false }));

        Assert.Equal((leader.MemberId, false, 0), (again.Leader, again.SkipAssignment, again.Members.Count));
        Assert.Equal(again.MemberId, harness.Group.LeaderId);
    }

    [Fact]
    public void It_is_told_so_only_when_its_new_id_is_durable()
    {
        var harness = new GroupHarness();
        MakeStable(harness);
        harness.StoresAtOnce = false;

        var again = harness.Join(Command(instanceId: "b"));
        Assert.False(again.IsCompleted);
        harness.AnswerStore(ErrorCode.None);

        Assert.Equal(ErrorCode.None, Now(again).Error);
    }

    [Fact]
    public void Where_the_new_id_can_not_be_stored_the_client_tries_again()
    {
        var harness = new GroupHarness();
        MakeStable(harness);
        harness.StoresAtOnce = false;

        var again = harness.Join(Command(instanceId: "b"));
        harness.Pass(5_000);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, Now(again).Error);
        harness.StoresAtOnce = true;

        Assert.Equal(ErrorCode.None, Now(harness.Join(Command(instanceId: "b"))).Error);
        Assert.Equal(2, harness.Group.Members.Count);
    }

    [Fact]
    public void A_rebalance_that_begins_before_the_new_id_is_durable_takes_the_member_along()
    {
        var harness = new GroupHarness();
        var (leader, _) = MakeStable(harness);
        harness.StoresAtOnce = false;
        var again = harness.Join(Command(instanceId: "b"));

        var rejoin = harness.Join(Command(leader.MemberId, "a"));
        harness.AnswerStore(ErrorCode.None);

        Assert.Equal(2, Now(rejoin).Generation);
        Assert.Equal(2, Now(again).Generation);
    }

    [Fact]
    public void A_static_member_that_starts_again_with_another_protocol_in_front_causes_a_rebalance_only_if_the_choice_changes()
    {
        var harness = new GroupHarness();
        var both = Protocols("range", "sticky");
        MakeStable(harness, Command() with { Protocols = both });

        var unchanged = harness.Join(Command(instanceId: "b") with { Protocols = Protocols("sticky", "range") });
        Assert.Equal(1, Now(unchanged).Generation);
        harness.Join(Command(instanceId: "b") with { Protocols = Protocols("sticky") });

        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
    }

    [Fact]
    public void A_static_member_that_starts_again_while_the_leader_assigns_causes_a_rebalance()
    {
        var harness = new GroupHarness();
        var joins = new[] { harness.Join(Command(instanceId: "a")), harness.Join(Command(instanceId: "b")) };
        harness.Pass(6_000);

        var again = harness.Join(Command(instanceId: "b"));
        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
        var leader = harness.Join(Command(Now(joins[0]).MemberId, "a"));

        Assert.Equal(2, Now(again).Generation);
        Assert.Equal(2, Now(leader).Members.Count);
    }

    [Fact]
    public void A_static_member_that_does_not_rejoin_keeps_its_place_until_its_session_ends()
    {
        var harness = new GroupHarness();
        var command = Command() with { RebalanceTimeoutMs = 8_000, SessionTimeoutMs = 30_000 };
        var (leader, follower) = MakeStable(harness, command);

        var rejoin = harness.Join(command with { MemberId = leader.MemberId, InstanceId = "a" });
        harness.Pass(8_000);

        Assert.Equal(2, Now(rejoin).Members.Count);
        Assert.Contains(harness.Group.Members, member => member.Id == follower.MemberId);
    }

    [Fact]
    public void A_group_whose_static_members_are_all_away_waits_for_them_until_their_sessions_end()
    {
        var harness = new GroupHarness();
        var (leader, follower) = MakeStable(harness, Command() with { RebalanceTimeoutMs = 8_000, SessionTimeoutMs = 30_000 });

        harness.Pass(20_000);
        harness.Heartbeat(follower, "b");
        harness.Pass(10_000);
        Assert.Equal((ClassicGroupState.PreparingRebalance, 1), (harness.Group.State, harness.Group.Members.Count));
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Heartbeat(leader, "a"));
        harness.Pass(20_000);

        Assert.Equal(ClassicGroupState.Empty, harness.Group.State);
    }

    [Fact]
    public void An_administrator_sends_a_static_member_away_by_its_instance_id_alone()
    {
        var harness = new GroupHarness();
        MakeStable(harness);

        Assert.Equal(ErrorCode.None, harness.Leave("", "b"));

        Assert.Equal("a", Assert.Single(harness.Group.Members).InstanceId);
        Assert.Equal(ErrorCode.UnknownMemberId, harness.Leave("", "b"));
    }

    [Fact]
    public void An_instance_id_that_the_group_does_not_know_makes_no_member_known()
    {
        var harness = new GroupHarness();
        var (leader, _) = MakeStable(harness);

        Assert.Equal(ErrorCode.UnknownMemberId, harness.Heartbeat(leader, "c"));
    }

    private static (JoinGroupResult Leader, JoinGroupResult Follower) MakeStable(GroupHarness harness, JoinGroupCommand? command = null)
    {
        command ??= Command();
        var joins = new[] { harness.Join(command with { InstanceId = "a" }), harness.Join(command with { InstanceId = "b" }) };
        harness.Pass(6_000);
        var joined = joins.Select(Now).ToList();
        joined.ForEach(member => harness.Sync(member));
        return (joined[0], joined[1]);
    }
}
