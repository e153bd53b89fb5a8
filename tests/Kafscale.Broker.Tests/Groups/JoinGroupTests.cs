using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using static Kafscale.Broker.Tests.Groups.GroupHarness;

namespace Kafscale.Broker.Tests.Groups;

public sealed class JoinGroupTests
{
    [Fact]
    public void A_new_member_is_given_an_id_and_told_to_come_back_with_it()
    {
        var harness = new GroupHarness();

        var result = Now(harness.Join(Command()));

        Assert.Equal(ErrorCode.MemberIdRequired, result.Error);
        Assert.NotEmpty(result.MemberId);
        Assert.Empty(harness.Group.Members);
    }

    [Fact]
    public void A_client_that_does_not_understand_that_becomes_a_member_at_once()
    {
        var harness = new GroupHarness();

        var join = harness.Join(Command() with { RequiresKnownMemberId = false });
        harness.Pass(3_000);

        Assert.Equal(ErrorCode.None, Now(join).Error);
        Assert.Single(harness.Group.Members);
    }

    [Fact]
    public void The_first_generation_waits_for_the_initial_delay()
    {
        var harness = new GroupHarness();

        var join = harness.JoinNew();
        harness.Pass(2_999);
        Assert.False(join.IsCompleted);
        harness.Pass(1);

        var joined = Now(join);
        Assert.Equal((ErrorCode.None, 1, "range", "consumer"), (joined.Error, joined.Generation, joined.ProtocolName, joined.ProtocolType));
        Assert.Equal(joined.MemberId, joined.Leader);
        Assert.Equal(ClassicGroupState.CompletingRebalance, harness.Group.State);
    }

    [Fact]
    public void Members_that_come_within_the_delay_extend_it_and_share_the_generation()
    {
        var harness = new GroupHarness();

        var first = harness.JoinNew();
        harness.Pass(2_000);
        var second = harness.JoinNew();
        harness.Pass(3_999);
        Assert.False(first.IsCompleted || second.IsCompleted);
        harness.Pass(1);

        Assert.Equal(1, Now(first).Generation);
        Assert.Equal(1, Now(second).Generation);
        Assert.Equal(Now(first).Leader, Now(second).Leader);
    }

    [Fact]
    public void The_delay_is_not_extended_beyond_the_rebalance_timeout()
    {
        var harness = new GroupHarness();
        var command = Command() with { RebalanceTimeoutMs = 7_000 };

        var first = harness.JoinNew(command);
        for (var i = 0; i < 7; i++)
        {
            harness.Pass(999);
            harness.JoinNew(command);
        }

        harness.Pass(7);
        Assert.True(first.IsCompleted);
    }

    [Fact]
    public void Without_a_delay_the_first_generation_begins_at_once()
    {
        var harness = new GroupHarness(new GroupOptions { InitialRebalanceDelayMs = 0 });

        Assert.Equal(1, Now(harness.JoinNew()).Generation);
    }

    [Fact]
    public void Only_the_leader_is_told_who_the_members_are()
    {
        var joined = new GroupHarness().MakeStable(3);

        Assert.Equal(joined.Select(member => member.MemberId).Order(), joined[0].Members.Select(member => member.MemberId).Order());
        Assert.Equal(Protocols("range")[0].Metadata.ToArray(), joined[0].Members[1].Metadata.ToArray());
        Assert.Empty(joined[1].Members);
        Assert.Empty(joined[2].Members);
    }

    [Fact]
    public void The_protocol_that_most_members_prefer_and_all_know_is_chosen()
    {
        var harness = new GroupHarness();

        var joins = new[]
        {
            harness.JoinNew(Command() with { Protocols = Protocols("own", "range", "sticky") }),
            harness.JoinNew(Command() with { Protocols = Protocols("sticky", "range") }),
            harness.JoinNew(Command() with { Protocols = Protocols("sticky", "range") }),
        };
        harness.Pass(6_000);

        Assert.All(joins, join => Assert.Equal("sticky", Now(join).ProtocolName));
    }

    [Fact]
    public void A_member_without_a_protocol_in_common_is_refused()
    {
        var harness = new GroupHarness();
        harness.JoinNew();

        var refused = Now(harness.Join(Command() with { Protocols = Protocols("sticky") }));

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, refused.Error);
    }

    [Fact]
    public void A_member_of_another_protocol_type_is_refused()
    {
        var harness = new GroupHarness();
        harness.JoinNew();

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Now(harness.Join(Command() with { ProtocolType = "connect" })).Error);
    }

    [Theory]
    [InlineData("", "range")]
    [InlineData("consumer", null)]
    public void A_member_without_protocol_type_or_protocols_is_refused(string protocolType, string? protocol)
    {
        var harness = new GroupHarness();
        var command = Command() with { ProtocolType = protocolType, Protocols = protocol is null ? [] : Protocols(protocol) };

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Now(harness.Join(command)).Error);
    }

    [Fact]
    public void An_empty_group_takes_members_of_another_protocol_type()
    {
        var harness = new GroupHarness();
        harness.Leave(harness.MakeStable(1)[0].MemberId);

        var join = harness.JoinNew(Command() with { ProtocolType = "connect", Protocols = Protocols("default") });
        harness.Pass(3_000);

        Assert.Equal(("connect", "default"), (Now(join).ProtocolType, Now(join).ProtocolName));
    }

    [Fact]
    public void A_member_id_that_the_group_does_not_know_is_refused()
    {
        var harness = new GroupHarness();
        harness.MakeStable(1);

        Assert.Equal(ErrorCode.UnknownMemberId, Now(harness.Join(Command("stranger"))).Error);
    }

    [Fact]
    public void A_given_id_that_is_not_used_within_the_session_timeout_lapses()
    {
        var harness = new GroupHarness();
        var id = Now(harness.Join(Command())).MemberId;

        harness.Pass(10_000);

        Assert.Equal(ErrorCode.UnknownMemberId, Now(harness.Join(Command(id))).Error);
        Assert.True(harness.Group.IsVacant);
    }

    [Fact]
    public void A_rebalance_waits_for_those_who_were_given_an_id()
    {
        var harness = new GroupHarness();
        var member = harness.MakeStable(1)[0];
        var id = Now(harness.Join(Command())).MemberId;

        var rejoin = harness.Join(Command(member.MemberId));
        Assert.False(rejoin.IsCompleted);
        var join = harness.Join(Command(id));

        Assert.Equal(2, Now(rejoin).Generation);
        Assert.Equal(2, Now(join).Generation);
    }

    [Fact]
    public void A_rebalance_does_not_wait_for_an_id_that_has_lapsed()
    {
        var harness = new GroupHarness();
        var member = harness.MakeStable(1)[0];
        harness.Join(Command() with { SessionTimeoutMs = 6_000 });
        var rejoin = harness.Join(Command(member.MemberId));

        harness.Pass(6_000);

        Assert.Equal(2, Now(rejoin).Generation);
    }

    [Fact]
    public void A_follower_that_joins_again_unchanged_is_told_the_current_generation()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);

        var again = Now(harness.Join(Command(joined[1].MemberId)));

        Assert.Equal((ErrorCode.None, 1, joined[0].MemberId), (again.Error, again.Generation, again.Leader));
        Assert.Equal(ClassicGroupState.Stable, harness.Group.State);
        Assert.Equal(Assignment(joined[1].MemberId).ToArray(), Now(harness.Sync(again)).Assignment.ToArray());
    }

    [Fact]
    public void A_leader_that_joins_again_unchanged_causes_a_rebalance()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);

        var leader = harness.Join(Command(joined[0].MemberId));
        Assert.Equal(ErrorCode.RebalanceInProgress, harness.Heartbeat(joined[1]));
        var follower = harness.Join(Command(joined[1].MemberId));

        Assert.Equal(2, Now(leader).Generation);
        Assert.Equal(2, Now(leader).Members.Count);
        Assert.Equal(2, Now(follower).Generation);
    }

    [Fact]
    public void A_follower_that_joins_again_with_other_metadata_causes_a_rebalance()
    {
        var harness = new GroupHarness();
        var joined = harness.MakeStable(2);

        harness.Join(Command(joined[1].MemberId) with { Protocols = [new GroupProtocol("range", new byte[] { 1 })] });
        var leader = Now(harness.Join(Command(joined[0].MemberId)));

        Assert.Equal(2, leader.Generation);
        Assert.Equal([1], leader.Members.Single(member => member.MemberId == joined[1].MemberId).Metadata.ToArray());
    }

    [Fact]
    public void While_the_leader_assigns_a_member_that_missed_its_answer_gets_it_again()
    {
        var harness = new GroupHarness();
        var join = harness.JoinNew();
        harness.Pass(3_000);

        var again = Now(harness.Join(Command(Now(join).MemberId)));

        Assert.Equal((1, 1), (again.Generation, again.Members.Count));
        Assert.Equal(ClassicGroupState.CompletingRebalance, harness.Group.State);
    }

    [Fact]
    public void While_the_leader_assigns_a_member_with_other_metadata_begins_a_new_rebalance()
    {
        var harness = new GroupHarness();
        var joins = new[] { harness.JoinNew(), harness.JoinNew() };
        harness.Pass(6_000);
        var waiting = harness.Sync(Now(joins[1]));

        harness.Join(Command(Now(joins[0]).MemberId) with { Protocols = Protocols("range", "sticky") });

        Assert.Equal(ErrorCode.RebalanceInProgress, Now(waiting).Error);
        Assert.Equal(ClassicGroupState.PreparingRebalance, harness.Group.State);
    }

    [Fact]
    public void A_member_that_joins_twice_at_a_time_has_its_first_request_answered()
    {
        var harness = new GroupHarness();
        var id = Now(harness.Join(Command())).MemberId;

        var first = harness.Join(Command(id));
        var second = harness.Join(Command(id));
        Assert.Equal(ErrorCode.RebalanceInProgress, Now(first).Error);
        harness.Pass(3_000);

        Assert.Equal(1, Now(second).Generation);
    }

    [Fact]
    public void A_full_group_takes_no_more_members()
    {
        var harness = new GroupHarness(new GroupOptions { MaxSize = 2 });
        var joined = harness.MakeStable(2);

        Assert.Equal(ErrorCode.GroupMaxSizeReached, Now(harness.Join(Command())).Error);
        Assert.Equal(ErrorCode.None, harness.Heartbeat(joined[0]));
    }

    [Fact]
    public void Of_more_members_than_fit_in_the_first_generation_the_last_are_turned_away()
    {
        var harness = new GroupHarness(new GroupOptions { MaxSize = 2 });
        var ids = Enumerable.Range(0, 3).Select(_ => Now(harness.Join(Command())).MemberId).ToList();

        var joins = ids.ConvertAll(id => harness.Join(Command(id)));
        harness.Pass(6_000);

        Assert.Equal(ErrorCode.GroupMaxSizeReached, Now(joins[2]).Error);
        Assert.Equal(2, Now(joins[0]).Members.Count);
    }

    [Fact]
    public void A_new_member_that_nobody_hears_of_again_is_given_up()
    {
        var harness = new GroupHarness(new GroupOptions { NewMemberJoinTimeoutMs = 20_000 });
        var stable = harness.MakeStable(1, Command() with { RebalanceTimeoutMs = 600_000, SessionTimeoutMs = 600_000 });

        var ghost = harness.Join(Command() with { RequiresKnownMemberId = false });
        harness.Pass(20_000);

        Assert.Equal(ErrorCode.UnknownMemberId, Now(ghost).Error);
        Assert.Equal(stable[0].MemberId, Assert.Single(harness.Group.Members).Id);
    }

    [Fact]
    public void A_member_that_hung_up_before_it_knew_its_id_is_gone_at_once()
    {
        var harness = new GroupHarness();
        var stable = harness.MakeStable(1);
        var ghost = harness.Join(Command() with { RequiresKnownMemberId = false });
        var rejoin = harness.Join(Command(stable[0].MemberId));

        // The rebalance is over: the ghost has its answer, and its session timeout decides.
        harness.Abandon(ghost);
        Assert.Equal(2, harness.Group.Members.Count);
        var second = harness.Join(Command() with { RequiresKnownMemberId = false });
        Assert.Equal(3, harness.Group.Members.Count);
        harness.Abandon(second);

        Assert.Equal(2, Now(rejoin).Generation);
        Assert.Equal(2, harness.Group.Members.Count);
    }

    [Fact]
    public void A_member_that_knows_its_id_keeps_its_place_when_it_hangs_up()
    {
        var harness = new GroupHarness();
        var id = Now(harness.Join(Command())).MemberId;
        var join = harness.Join(Command(id));

        harness.Abandon(join);
        var again = harness.Join(Command(id));
        harness.Pass(3_000);

        Assert.Equal(id, Now(again).MemberId);
        Assert.Single(harness.Group.Members);
    }

    [Fact]
    public void Ids_that_are_never_used_are_limited()
    {
        var harness = new GroupHarness();
        for (var i = 0; i < 10_000; i++)
        {
            harness.Join(Command());
        }

        Assert.Equal(ErrorCode.GroupMaxSizeReached, Now(harness.Join(Command())).Error);
        harness.Pass(10_000);
        Assert.Equal(ErrorCode.MemberIdRequired, Now(harness.Join(Command())).Error);
    }
}
