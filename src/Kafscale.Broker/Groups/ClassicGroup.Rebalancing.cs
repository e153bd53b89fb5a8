using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>From one generation to the next.</content>
internal sealed partial class ClassicGroup
{
    /// <summary>Somebody has joined since the initial delay last began.</summary>
    private bool _hasNewMember;

    /// <summary>When the join phase ends, or its initial delay is looked at again.</summary>
    private long _joinDeadlineMs = GroupClock.Never;

    /// <summary>The delay that runs, where it is the initial one.</summary>
    private int _initialDelayMs;

    /// <summary>How much longer the initial delay may be extended; null outside of it.</summary>
    private int? _initialDelayRemainingMs;

    private bool HasAllMembersJoined => _members.Count == _awaitingJoinCount && _pendingMembers.Count == 0;

    private int RebalanceTimeoutMs => _members.Count == 0 ? 0 : _members.Values.Max(member => member.RebalanceTimeoutMs);

    private void RebalanceOrCompleteJoin(string reason)
    {
        if (State is ClassicGroupState.Empty or ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable)
        {
            PrepareRebalance(reason);
        }
        else
        {
            CompleteJoinPhaseIfAllJoined();
        }
    }

    private void PrepareRebalance(string reason)
    {
        RebalanceCount++;
        LogPreparingRebalance(GroupId, State, Generation, reason);
        foreach (var member in _members.Values)
        {
            if (CompleteSync(member, SyncGroupResult.Failed(ErrorCode.RebalanceInProgress)))
            {
                RestartSession(member);
            }
        }

        _pendingSyncMembers.Clear();
        _syncDeadlineMs = GroupClock.Never;
        var isInitial = State == ClassicGroupState.Empty;
        TransitionTo(ClassicGroupState.PreparingRebalance);
        if (isInitial)
        {
            BeginInitialDelay();
        }
        else if (HasAllMembersJoined)
        {
            CompleteJoinPhase();
        }
        else
        {
            _joinDeadlineMs = Due(_clock.After(RebalanceTimeoutMs));
        }
    }

    private void BeginInitialDelay()
    {
        _hasNewMember = false;
        _initialDelayMs = _options.InitialRebalanceDelayMs;
        _initialDelayRemainingMs = Math.Max(RebalanceTimeoutMs - _initialDelayMs, 0);
        if (_initialDelayMs == 0)
        {
            CompleteJoinPhase();
        }
        else
        {
            _joinDeadlineMs = Due(_clock.NowMs + _initialDelayMs);
        }
    }

    private void OnJoinDeadline()
    {
        if (_initialDelayRemainingMs is { } remainingMs && remainingMs > 0 && _hasNewMember)
        {
            _hasNewMember = false;
            var elapsedMs = _initialDelayMs;
            _initialDelayMs = Math.Min(_options.InitialRebalanceDelayMs, remainingMs);
            _initialDelayRemainingMs = Math.Max(remainingMs - elapsedMs, 0);
            _joinDeadlineMs = Due(_clock.NowMs + _initialDelayMs);
        }
        else
        {
            CompleteJoinPhase();
        }
    }

    private void CompleteJoinPhaseIfAllJoined()
    {
        if (State == ClassicGroupState.PreparingRebalance && _initialDelayRemainingMs is null && HasAllMembersJoined)
        {
            CompleteJoinPhase();
        }
    }

    /// <summary>Begins the next generation with those who have joined, and with the static members, who may be restarting.</summary>
    private void CompleteJoinPhase()
    {
        _joinDeadlineMs = GroupClock.Never;
        foreach (var absent in _members.Values.Where(member => !member.IsStatic && member.AwaitingJoin is null).ToList())
        {
            LogMemberRemoved(GroupId, absent.Id, "it did not join the next generation in time");
            RemoveFromTables(absent);
        }

        if (_members.Count > 0 && !ElectJoinedLeader())
        {
            // Only static members are left and none of them is back: their session timeouts decide.
            _joinDeadlineMs = Due(_clock.After(RebalanceTimeoutMs));
            return;
        }

        _initialDelayRemainingMs = null;
        Generation++;
        _pendingSyncMembers.Clear();
        if (_members.Count == 0)
        {
            ProtocolName = null;
            TransitionTo(ClassicGroupState.Empty);
            LogEmpty(GroupId, Generation);
            Store(new GroupChange { Record = BuildRecord(assignments: null), DeadlineMs = GroupClock.Never });
            return;
        }

        ProtocolName = SelectProtocol();
        TransitionTo(ClassicGroupState.CompletingRebalance);
        LogNewGeneration(GroupId, Generation, _members.Count, ProtocolName);
        AnswerJoins();
        _syncDeadlineMs = Due(_clock.After(RebalanceTimeoutMs));
    }

    private void AnswerJoins()
    {
        var joined = JoinedMembers();
        foreach (var member in _members.Values)
        {
            CompleteJoin(member, CurrentGeneration(member, member.Id == LeaderId ? joined : []));
            RestartSession(member);
            member.IsNew = false;
            _pendingSyncMembers.Add(member.Id);
        }
    }

    /// <summary>The leader stays if it has joined; else one who has takes its place.</summary>
    private bool ElectJoinedLeader()
    {
        if (LeaderId is not null && _members[LeaderId].AwaitingJoin is not null)
        {
            return true;
        }

        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin is not null)
            {
                LeaderId = member.Id;
                return true;
            }
        }

        return false;
    }
}
