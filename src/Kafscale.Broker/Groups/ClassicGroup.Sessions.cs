using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>Heartbeats, leaving, and what the passing of time does.</content>
internal sealed partial class ClassicGroup
{
    /// <summary>A member reports that it lives; the answer tells it whether to join again.</summary>
    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        if (State == ClassicGroupState.Dead)
        {
            return _deathReason;
        }

        var error = ValidateName(memberId, instanceId);
        if (error == ErrorCode.None && generation != Generation)
        {
            error = ErrorCode.IllegalGeneration;
        }

        if (error != ErrorCode.None)
        {
            return error;
        }

        RestartSession(_members[memberId]);
        return State == ClassicGroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Members go, or are sent away; one error code for each, in their order.</summary>
    public IReadOnlyList<ErrorCode> Leave(IReadOnlyList<LeavingMember> leaving)
    {
        var memberCount = _members.Count;
        var errors = leaving.Select(Leave).ToList();
        OnMembersGone(_members.Count < memberCount, "members have left");
        return errors;
    }

    /// <summary>Whether offsets may be committed under these names.</summary>
    public ErrorCode ValidateOffsetCommit(OffsetCommitter committer)
    {
        var (memberId, instanceId, generation, _) = committer;
        if (State == ClassicGroupState.Dead)
        {
            return _deathReason;
        }

        // A consumer that assigns itself, or a tool, commits without a generation; it may as long as nobody uses the group.
        if (generation < 0 && State == ClassicGroupState.Empty)
        {
            return ErrorCode.None;
        }

        if (generation < 0 && memberId.Length == 0 && instanceId is null)
        {
            return ErrorCode.UnknownMemberId;
        }

        var error = ValidateName(memberId, instanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (generation != Generation)
        {
            return ErrorCode.IllegalGeneration;
        }

        if (State == ClassicGroupState.CompletingRebalance)
        {
            return ErrorCode.RebalanceInProgress;
        }

        // Committing counts as a heartbeat.
        RestartSession(_members[memberId]);
        return ErrorCode.None;
    }

    /// <summary>Only members of the consumer protocol are checked.</summary>
    public ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch) => ErrorCode.None;

    /// <inheritdoc/>
    public bool TryFindSubscribedTopics(ISet<string> names)
    {
        var areKnown = true;
        foreach (var member in _members.Values)
        {
            areKnown &= ProtocolName is not null && ConsumerSubscription.TryReadTopics(member.Metadata(ProtocolName).Span, names);
        }

        return areKnown;
    }

    /// <summary>Does what is due.</summary>
    public void Advance()
    {
        var nowMs = _clock.NowMs;
        if (nowMs < NextDeadlineMs || State == ClassicGroupState.Dead)
        {
            return;
        }

        if (_storing.Count > 0)
        {
            GiveUpStoring(nowMs);
        }

        LapsePendingMembers(nowMs);
        OnMembersGone(ExpireMembers(nowMs), "members have failed");

        if (_joinDeadlineMs <= nowMs)
        {
            OnJoinDeadline();
        }

        if (_syncDeadlineMs <= nowMs)
        {
            OnSyncDeadline();
        }

        NextDeadlineMs = FindNextDeadline();
    }

    private void GiveUpStoring(long nowMs)
    {
        foreach (var change in _storing.Where(change => change.DeadlineMs <= nowMs).ToList())
        {
            OnStored(change, ErrorCode.CoordinatorNotAvailable);
        }
    }

    private void LapsePendingMembers(long nowMs)
    {
        foreach (var (memberId, lapsesAtMs) in _pendingMembers)
        {
            if (lapsesAtMs <= nowMs)
            {
                _pendingMembers.Remove(memberId);
            }
        }
    }

    private bool ExpireMembers(long nowMs)
    {
        List<ClassicGroupMember>? expired = null;
        foreach (var member in _members.Values)
        {
            if (member.ExpiresAtMs > nowMs)
            {
                continue;
            }

            if (!member.IsNew && (member.AwaitingJoin is not null || member.AwaitingSync is not null))
            {
                // It waits for us and can not send heartbeats meanwhile; the answer starts its session anew.
                member.ExpiresAtMs = GroupClock.Never;
            }
            else
            {
                (expired ??= []).Add(member);
            }
        }

        foreach (var member in expired ?? [])
        {
            LogMemberRemoved(GroupId, member.Id, "it was not heard of within its session timeout");
            RemoveFromTables(member);
        }

        return expired is not null;
    }

    /// <summary>Goes on without those who have gone; ids that were only given out do not disturb a generation.</summary>
    private void OnMembersGone(bool wereMembers, string reason)
    {
        if (wereMembers && State is (ClassicGroupState.Stable or ClassicGroupState.CompletingRebalance))
        {
            PrepareRebalance(reason);
        }
        else
        {
            CompleteJoinPhaseIfAllJoined();
        }
    }

    private ErrorCode Leave(LeavingMember leaving)
    {
        if (State == ClassicGroupState.Dead)
        {
            return _deathReason;
        }

        var memberId = leaving.MemberId;
        if (memberId.Length == 0)
        {
            // An administrator names the instance alone.
            if (leaving.InstanceId is null || !MemberIdsByInstanceId.TryGetValue(leaving.InstanceId, out memberId))
            {
                return ErrorCode.UnknownMemberId;
            }
        }
        else if (_pendingMembers.Remove(memberId))
        {
            return ErrorCode.None;
        }
        else if (ValidateName(memberId, leaving.InstanceId) is var error && error != ErrorCode.None)
        {
            return error;
        }

        LogMemberRemoved(GroupId, memberId, $"it has left; client reason: {leaving.Reason ?? "none"}");
        RemoveFromTables(_members[memberId]);
        return ErrorCode.None;
    }

    private void RestartSession(ClassicGroupMember member) => member.ExpiresAtMs = Due(_clock.NowMs + member.SessionTimeoutMs);

    private long FindNextDeadline()
    {
        var next = Math.Min(_joinDeadlineMs, _syncDeadlineMs);
        foreach (var member in _members.Values)
        {
            next = Math.Min(next, member.ExpiresAtMs);
        }

        foreach (var lapsesAtMs in _pendingMembers.Values)
        {
            next = Math.Min(next, lapsesAtMs);
        }

        foreach (var change in _storing)
        {
            next = Math.Min(next, change.DeadlineMs);
        }

        return next;
    }

    private void ClearDeadlines()
    {
        _joinDeadlineMs = GroupClock.Never;
        _syncDeadlineMs = GroupClock.Never;
        NextDeadlineMs = GroupClock.Never;
    }
}
