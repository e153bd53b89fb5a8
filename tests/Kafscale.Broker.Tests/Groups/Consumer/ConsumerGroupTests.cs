using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups.Consumer;

public sealed class ConsumerGroupTests
{
    private readonly ConsumerGroupHarness _harness = new();

    [Fact]
    public void A_member_alone_gets_everything_with_the_first_answer()
    {
        _harness.Topics.Add("a", 3);
        var joined = _harness.Now(_harness.Joining("a"));

        Assert.Equal((1, 3), (joined.MemberEpoch, joined.Assignment!.Count));
        Assert.Equal(("Stable", 1, 1), (_harness.Group.StateName, _harness.Group.Epoch, _harness.Group.AssignmentEpoch));
    }

    [Fact]
    public void A_partition_is_given_on_only_once_it_is_given_back()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));
        var two = _harness.Now(_harness.Joining("a"));
        Assert.Equal((2, 0), (two.MemberEpoch, two.Assignment!.Count));

        // Asked to give back two, it stays in its epoch until it has.
        var asked = Report(one, owned: one.Assignment);
        Assert.Equal((1, 2), (asked.MemberEpoch, asked.Assignment!.Count));
        Assert.Null(Report(two, owned: ConsumerGroupMember.NoPartitions).Assignment);
        Assert.Equal(1, Report(one, owned: one.Assignment).MemberEpoch);
        Assert.Equal("Reconciling", _harness.Group.StateName);

        Assert.Equal(2, Report(one, owned: asked.Assignment).MemberEpoch);
        Assert.Equal(2, Report(two, owned: ConsumerGroupMember.NoPartitions).Assignment!.Count);
        Assert.Equal("Stable", _harness.Group.StateName);
    }

    [Fact]
    public void A_heartbeat_without_change_writes_nothing_and_brings_no_assignment()
    {
        _harness.Topics.Add("a", 4);
        var joined = _harness.Now(_harness.Joining("a"));
        var writes = _harness.Writes;

        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Report(joined).Assignment);
            _harness.Pass(5_000);
        }

        Assert.Equal(writes, _harness.Writes);
    }

    [Fact]
    public void Nobody_is_told_what_is_not_stored()
    {
        _harness.Topics.Add("a", 4);
        _harness.StoresAtOnce = false;
        var joining = _harness.Joining("a");
        var first = _harness.Heartbeat(joining);
        var again = _harness.Heartbeat(joining);
        Assert.False(first.IsCompleted || again.IsCompleted);

        _harness.AnswerStore(ErrorCode.None);
        Assert.Equal(4, first.Answer.Assignment!.Count);
        Assert.Equal(4, again.Answer.Assignment!.Count);
        Assert.Equal(1, _harness.Writes);
    }

    [Fact]
    public void What_could_not_be_stored_is_stored_before_the_next_answer()
    {
        _harness.Topics.Add("a", 4);
        _harness.StoresAtOnce = false;
        var joining = _harness.Joining("a");
        var failed = _harness.Heartbeat(joining);
        _harness.AnswerStore(ErrorCode.UnknownServerError);
        Assert.Equal(ErrorCode.UnknownServerError, failed.Answer.Error);

        var again = _harness.Heartbeat(joining);
        Assert.False(again.IsCompleted);
        _harness.AnswerStore(ErrorCode.None);
        Assert.Equal(4, again.Answer.Assignment!.Count);
    }

    [Fact]
    public void A_member_whose_answer_was_lost_is_told_again()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));
        var two = _harness.Now(_harness.Joining("a"));
        _harness.ClassicLeave(two.MemberId!);

        // It has missed that it is in epoch 3 now.
        Report(one, owned: one.Assignment);
        var told = Report(one, owned: one.Assignment);
        Assert.Equal((ErrorCode.None, 3, 4), (told.Error, told.MemberEpoch, told.Assignment!.Count));
    }

    [Fact]
    public void A_member_with_a_wrong_epoch_is_fenced()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));

        Assert.Equal(ErrorCode.FencedMemberEpoch, Report(one with { MemberEpoch = 2 }).Error);
        Assert.Equal(ErrorCode.FencedMemberEpoch, Report(one with { MemberEpoch = 5 }).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, Report(one with { MemberId = "stranger" }).Error);
    }

    [Fact]
    public void A_member_that_joins_again_keeps_its_place()
    {
        _harness.Topics.Add("a", 4);
        var joining = _harness.Joining("a");
        var first = _harness.Now(joining);
        var again = _harness.Now(joining);

        Assert.Equal((first.MemberEpoch, 4), (again.MemberEpoch, again.Assignment!.Count));
        Assert.Single(_harness.Group.Members);
    }

    [Fact]
    public void A_silent_member_is_removed_after_its_session_timeout()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));
        _harness.Pass(9_999);
        Assert.Single(_harness.Group.Members);
        _harness.Pass(1);

        Assert.Empty(_harness.Group.Members);
        Assert.Equal(ErrorCode.UnknownMemberId, Report(one).Error);
        Assert.Empty(_harness.Stored!.Consumer.Members);
    }

    [Fact]
    public void A_member_that_does_not_give_back_in_time_is_removed()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));
        var two = _harness.Now(_harness.Joining("a"));
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(ErrorCode.None, Report(one, owned: one.Assignment).Error);
            two = two with { MemberEpoch = Report(two).MemberEpoch };
            _harness.Pass(5_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, Report(one, owned: one.Assignment).Error);
        Assert.Equal(4, Report(two, owned: ConsumerGroupMember.NoPartitions).Assignment!.Count);
    }

    [Fact]
    public void A_static_member_that_leaves_for_a_while_gets_back_what_it_had()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a") with { InstanceId = "one" });
        var two = Settle(_harness.Now(_harness.Joining("a") with { InstanceId = "two" }), ref one);
        var epoch = _harness.Group.Epoch;
        var left = _harness.Now(new ConsumerHeartbeatCommand { MemberId = two.MemberId!, InstanceId = "two", MemberEpoch = -2 });
        Assert.Equal((ErrorCode.None, -2), (left.Error, left.MemberEpoch));
        Assert.Null(Report(one, "one").Assignment);

        var again = _harness.Now(_harness.Joining("a") with { InstanceId = "two" });
        Assert.Equal(epoch, again.MemberEpoch);
        Assert.Equal(two.Assignment!.Order(), again.Assignment!.Order());
        Assert.Equal(ErrorCode.FencedInstanceId, Report(two, "two").Error);
        Assert.Equal(epoch, _harness.Group.Epoch);
    }

    [Fact]
    public void A_static_member_that_does_not_come_back_is_removed()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a") with { InstanceId = "one" });
        _harness.Now(new ConsumerHeartbeatCommand { MemberId = one.MemberId!, InstanceId = "one", MemberEpoch = -2 });
        _harness.Pass(10_000);
        Assert.True(_harness.Group.IsEmpty);
    }

    [Fact]
    public void The_name_of_a_living_static_member_can_not_be_taken()
    {
        _harness.Topics.Add("a", 4);
        _harness.Now(_harness.Joining("a") with { InstanceId = "one" });
        Assert.Equal(ErrorCode.UnreleasedInstanceId, _harness.Now(_harness.Joining("a") with { InstanceId = "one" }).Error);
    }

    [Fact]
    public void A_group_is_no_larger_than_it_may_be()
    {
        var harness = new ConsumerGroupHarness(new GroupOptions { ConsumerMaxSize = 1 });
        var one = harness.Now(harness.Joining("a"));
        Assert.Equal(ErrorCode.GroupMaxSizeReached, harness.Now(harness.Joining("a")).Error);
        Assert.Equal(ErrorCode.None, harness.Now(harness.Joining("a") with { MemberId = one.MemberId! }).Error);
    }

    [Fact]
    public void A_pattern_finds_topics_that_come_later_and_lets_go_of_those_that_are_gone()
    {
        _harness.Topics.Add("eu-orders", 2);
        _harness.Topics.Add("us-orders", 2);
        var member = _harness.Now(_harness.Joining() with { SubscribedTopicNames = null, SubscribedTopicRegex = "eu-.*" });
        Assert.Equal(2, member.Assignment!.Count);

        _harness.Topics.Add("eu-payments", 3);
        member = Report(member);
        Assert.Equal(5, member.Assignment!.Count);
        _harness.Topics.Remove("eu-orders");
        Assert.Equal(3, Report(member, owned: member.Assignment).Assignment!.Count);
    }

    [Fact]
    public void A_pattern_that_is_none_is_refused()
    {
        var refused = _harness.Now(_harness.Joining() with { SubscribedTopicRegex = "[" });
        Assert.Equal(ErrorCode.InvalidRegularExpression, refused.Error);
        Assert.True(_harness.Group.IsVacant);
    }

    [Fact]
    public void A_topic_that_grows_is_shared_anew()
    {
        _harness.Topics.Add("a", 1);
        var one = _harness.Now(_harness.Joining("a"));
        _harness.Topics.Grow("a", 3);
        Assert.Equal(3, Report(one).Assignment!.Count);
    }

    [Fact]
    public void The_assignor_that_most_members_prefer_assigns()
    {
        _harness.Topics.Add("a", 4);
        _harness.Now(_harness.Joining("a") with { ServerAssignor = "range" });
        Assert.Equal("range", _harness.Group.Assignor.Name);
        _harness.Now(_harness.Joining("a") with { ServerAssignor = "uniform" });
        _harness.Now(_harness.Joining("a") with { ServerAssignor = "uniform" });
        Assert.Equal("uniform", _harness.Group.Assignor.Name);
    }

    [Fact]
    public void Offsets_are_committed_in_the_members_own_epoch()
    {
        _harness.Topics.Add("a", 4);
        Assert.Equal(ErrorCode.None, _harness.Group.ValidateOffsetCommit(OffsetCommitter.NoMember));
        var one = _harness.Now(_harness.Joining("a"));

        Assert.Equal(ErrorCode.None, Validate(one.MemberId!, 1));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Validate(one.MemberId!, 0));
        Assert.Equal(ErrorCode.UnknownMemberId, Validate("stranger", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _harness.Group.ValidateOffsetCommit(OffsetCommitter.NoMember));
        Assert.Equal(ErrorCode.UnsupportedVersion, _harness.Group.ValidateOffsetCommit(new OffsetCommitter(one.MemberId!, null, 1, KnowsMemberEpochs: false)));
        Assert.Equal(ErrorCode.None, _harness.Group.ValidateOffsetFetch(null, -1));
        Assert.Equal(ErrorCode.None, _harness.Group.ValidateOffsetFetch(one.MemberId, 1));
        Assert.Equal(ErrorCode.StaleMemberEpoch, _harness.Group.ValidateOffsetFetch(one.MemberId, 0));
        Assert.Equal(ErrorCode.UnknownMemberId, _harness.Group.ValidateOffsetFetch("stranger", 1));
    }

    [Fact]
    public void A_coordinator_that_takes_over_in_the_middle_gives_nothing_away_twice()
    {
        _harness.Topics.Add("a", 4);
        var one = _harness.Now(_harness.Joining("a"));
        var two = _harness.Now(_harness.Joining("a"));
        var asked = Report(one, owned: one.Assignment);
        _harness.FailOver();

        Assert.Equal(0, Report(two, owned: ConsumerGroupMember.NoPartitions).Assignment?.Count ?? 0);
        var released = Report(one with { MemberEpoch = asked.MemberEpoch }, owned: asked.Assignment);
        Assert.Equal((ErrorCode.None, 3), (released.Error, released.MemberEpoch));
        Assert.Equal(2, _harness.Group.Members.Single(member => member.Id == one.MemberId).Assigned.Count);
    }

    [Fact]
    public void A_member_of_a_group_with_a_longer_session_timeout_lives_longer()
    {
        _harness.Configurations.Set("g", sessionTimeoutMs: 15_000);
        _harness.Now(_harness.Joining("a"));

        _harness.Pass(14_999);
        Assert.Single(_harness.Group.Members);
        _harness.Pass(1);
        Assert.Empty(_harness.Group.Members);
    }

    [Theory]
    [InlineData(15_000)]
    [InlineData(2_000)]
    public void Another_session_timeout_holds_from_the_next_heartbeat_on(int sessionTimeoutMs)
    {
        var joined = _harness.Now(_harness.Joining("a"));
        _harness.Configurations.Set("g", sessionTimeoutMs);

        // What the member was told before still holds until it reports.
        _harness.Pass(9_999);
        Assert.Equal(ErrorCode.None, Report(joined).Error);
        _harness.Pass(sessionTimeoutMs - 1);
        Assert.Single(_harness.Group.Members);
        _harness.Pass(1);
        Assert.Empty(_harness.Group.Members);
    }

    [Fact]
    public void A_coordinator_that_takes_over_gives_members_the_groups_own_session_timeout()
    {
        _harness.Configurations.Set("g", sessionTimeoutMs: 15_000);
        _harness.Now(_harness.Joining("a"));
        _harness.FailOver();

        _harness.Pass(14_999);
        Assert.Single(_harness.Group.Members);
        _harness.Pass(1);
        Assert.Empty(_harness.Group.Members);
    }

    private ErrorCode Validate(string memberId, int epoch) => _harness.Group.ValidateOffsetCommit(new OffsetCommitter(memberId, null, epoch));

    private ConsumerHeartbeatResult Report(ConsumerHeartbeatResult last, string? instanceId = null, IReadOnlySet<AssignedPartition>? owned = null) =>
        _harness.Now(new ConsumerHeartbeatCommand
        {
            MemberId = last.MemberId!,
            InstanceId = instanceId,
            MemberEpoch = last.MemberEpoch,
            Owned = owned,
            ClientId = "client",
            ClientHost = "/127.0.0.1",
        });

    /// <summary>Lets the second member have its share.</summary>
    private ConsumerHeartbeatResult Settle(ConsumerHeartbeatResult two, ref ConsumerHeartbeatResult one)
    {
        var asked = Report(one, "one", one.Assignment);
        one = Report(asked, "one", asked.Assignment) with { Assignment = asked.Assignment };
        return Report(two, "two", ConsumerGroupMember.NoPartitions);
    }
}
