using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>SyncGroup: the leader's assignment, made durable and handed out.</content>
internal sealed partial class ClassicGroup
{
    /// <summary>When members that have not asked for their assignment are given up.</summary>
    private long _syncDeadlineMs = GroupClock.Never;

    /// <summary>Takes a SyncGroup request; completes it now, or when the leader's assignment is durable.</summary>
    public void Sync(SyncGroupCommand command, TaskCompletionSource<SyncGroupResult> completion)
    {
        var error = ValidateSync(command);
        if (error != ErrorCode.None)
        {
            completion.TrySetResult(SyncGroupResult.Failed(error));
            return;
        }

        var member = _members[command.MemberId];
        _pendingSyncMembers.Remove(member.Id);
        if (_pendingSyncMembers.Count == 0)
        {
            _syncDeadlineMs = GroupClock.Never;
        }

        if (State == ClassicGroupState.Stable)
        {
            completion.TrySetResult(CurrentAssignment(member));
            return;
        }

        // The client has given up on an earlier request and sent another.
        CompleteSync(member, SyncGroupResult.Failed(ErrorCode.RebalanceInProgress));
        member.AwaitingSync = completion;
        if (member.Id == LeaderId && !IsStoringAssignments)
        {
            StoreAssignments(command.Assignments);
        }
    }

    /// <summary>The metadata store has, or has not, taken what <see cref="TakeChange"/> handed out.</summary>
    public void OnStored(GroupChange change, ErrorCode error)
    {
        // What has been given up, or was overtaken, has been answered already.
        if (!_storing.Remove(change))
        {
            return;
        }

        if (change.Assignments is not null && State == ClassicGroupState.CompletingRebalance && change.Generation == Generation)
        {
            OnAssignmentsStored(change.Assignments, error);
        }
        else if (change.ReplacementId is not null
            && State == ClassicGroupState.Stable
            && _members.TryGetValue(change.ReplacementId, out var replacement))
        {
            CompleteJoin(replacement, error == ErrorCode.None ? change.ReplacementResult! : JoinGroupResult.Failed("", error));
            RestartSession(replacement);
        }
    }

    private bool IsStoringAssignments => _storing.Exists(change => change.Assignments is not null && change.Generation == Generation);

    private ErrorCode ValidateSync(SyncGroupCommand command)
    {
        if (State == ClassicGroupState.Dead)
        {
            return _deathReason;
        }

        var error = ValidateName(command.MemberId, command.InstanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (command.Generation != Generation)
        {
            return ErrorCode.IllegalGeneration;
        }

        if (Contradicts(command.ProtocolType, ProtocolType) || Contradicts(command.ProtocolName, ProtocolName))
        {
            return ErrorCode.InconsistentGroupProtocol;
        }

        return State == ClassicGroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private void StoreAssignments(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> assignments) => Store(new GroupChange
    {
        Record = BuildRecord(assignments),
        Assignments = assignments,
        DeadlineMs = Due(_clock.NowMs + _options.OffsetsCommitTimeoutMs),
    });

    private void OnAssignmentsStored(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> assignments, ErrorCode error)
    {
        if (error == ErrorCode.None)
        {
            foreach (var member in _members.Values)
            {
                member.Assignment = assignments.GetValueOrDefault(member.Id);
            }

            TransitionTo(ClassicGroupState.Stable);
            LogStable(GroupId, Generation, _members.Count);
        }

        foreach (var member in _members.Values)
        {
            var answered = CompleteSync(member, error == ErrorCode.None ? CurrentAssignment(member) : SyncGroupResult.Failed(error));
            if (answered)
            {
                // Its session did not run while it waited.
                RestartSession(member);
            }
        }

        if (error != ErrorCode.None)
        {
            PrepareRebalance($"the assignment could not be stored: {error}");
        }
    }

    private SyncGroupResult CurrentAssignment(ClassicGroupMember member) => new()
    {
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        Assignment = member.Assignment,
    };

    private void Store(GroupChange change)
    {
        _storing.Add(change);
        _change = change;
    }

    private void OnSyncDeadline()
    {
        _syncDeadlineMs = GroupClock.Never;
        foreach (var memberId in _pendingSyncMembers.ToList())
        {
            LogMemberRemoved(GroupId, memberId, "it did not ask for its assignment in time");
            RemoveFromTables(_members[memberId]);
        }

        PrepareRebalance("members did not ask for their assignment in time");
    }
}
