using Kafscale.Protocol;

namespace Kafscale.Broker.Groups.Consumer;

/// <content>What the passing of time does, and who may commit and read offsets.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>When what could not be stored is tried again.</summary>
    private long _retryAtMs = GroupClock.Never;

    /// <inheritdoc/>
    public void Advance()
    {
        var nowMs = _clock.NowMs;
        if (nowMs < NextDeadlineMs || IsDead)
        {
            return;
        }

        if (_retryAtMs <= nowMs)
        {
            _retryAtMs = GroupClock.Never;
            _record.Retry();
        }

        Remove([.. _members.Values.Where(member => member.NextDeadlineMs <= nowMs)], member => WhyRemoved(member, nowMs));

        NextDeadlineMs = _members.Values.Select(member => member.NextDeadlineMs).Append(_retryAtMs).Min();
    }

    /// <inheritdoc/>
    public ErrorCode ValidateOffsetCommit(OffsetCommitter committer)
    {
        if (IsDead)
        {
            return _deathReason;
        }

        // A consumer that assigns itself, or a tool, commits without an epoch; it may as long as nobody uses the group.
        if (committer.Generation < 0 && _members.Count == 0)
        {
            return ErrorCode.None;
        }

        var error = ValidateName(committer.MemberId, committer.InstanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        var member = _members[committer.MemberId];
        if (member.Classic is null && !committer.KnowsMemberEpochs)
        {
            return ErrorCode.UnsupportedVersion;
        }

        if (committer.Generation != member.Epoch)
        {
            return member.Classic is null ? ErrorCode.StaleMemberEpoch : ErrorCode.IllegalGeneration;
        }

        return ErrorCode.None;
    }

    /// <inheritdoc/>
    public ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch)
    {
        if (memberId is null && memberEpoch < 0)
        {
            return ErrorCode.None;
        }

        if (memberId is null || !_members.TryGetValue(memberId, out var member))
        {
            return ErrorCode.UnknownMemberId;
        }

        return member.Epoch == memberEpoch ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }

    private static string WhyRemoved(ConsumerGroupMember member, long nowMs) =>
        member.ExpiresAtMs <= nowMs ? "it was not heard of within its session timeout"
        : member.RevocationDueAtMs <= nowMs ? "it did not give back its partitions within its rebalance timeout"
        : "it did not join again, or ask for its assignment, within its rebalance timeout";

    private void RestartSession(ConsumerGroupMember member) =>
        member.ExpiresAtMs = Due(_clock.NowMs + (member.Classic?.SessionTimeoutMs ?? _configurations.Of(GroupId).ConsumerSessionTimeoutMs));
}
