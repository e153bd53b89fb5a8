using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>JoinGroup: into the group, or back into its next generation.</content>
internal sealed partial class ClassicGroup
{
    /// <summary>A client that asks for ids and never uses them shall not fill the memory.</summary>
    private const int MaxPendingMembers = 10_000;

    /// <summary>Takes a JoinGroup request; completes it now, or when the next generation begins.</summary>
    public void Join(JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        var isUnknown = command.MemberId.Length == 0;
        if (State == ClassicGroupState.Dead)
        {
            completion.TrySetResult(JoinGroupResult.Failed(command.MemberId, _deathReason));
        }
        else if (!HasRoomFor(command.MemberId))
        {
            Expel(command.MemberId);
            completion.TrySetResult(JoinGroupResult.Failed("", ErrorCode.GroupMaxSizeReached));
        }
        else if (!SupportsOneOf(command.ProtocolType, command.Protocols))
        {
            completion.TrySetResult(JoinGroupResult.Failed(command.MemberId, ErrorCode.InconsistentGroupProtocol));
        }
        else if (isUnknown && command.InstanceId is not null)
        {
            JoinStatic(command, completion);
        }
        else if (isUnknown && command.RequiresKnownMemberId)
        {
            _pendingMembers.Add(command.NewMemberId, Due(_clock.NowMs + command.SessionTimeoutMs));
            completion.TrySetResult(JoinGroupResult.Failed(command.NewMemberId, ErrorCode.MemberIdRequired));
        }
        else if (isUnknown)
        {
            Add(command.NewMemberId, command, completion);
        }
        else if (command.InstanceId is null && _pendingMembers.ContainsKey(command.MemberId))
        {
            Add(command.MemberId, command, completion);
        }
        else
        {
            Rejoin(command, completion);
        }
    }

    /// <summary>
    /// Whoever sent a JoinGroup request has hung up. A member that was to learn its id by the answer never will, so nobody
    /// can take its place: it goes. The others keep theirs, their clients may come back.
    /// </summary>
    public void Abandon(Task<JoinGroupResult> joining)
    {
        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin?.Task == joining && member.IsNew && !member.KnowsItsId)
            {
                LogMemberRemoved(GroupId, member.Id, "its client hung up before it had joined");
                RemoveFromTables(member);
                CompleteJoinPhaseIfAllJoined();
                return;
            }
        }
    }

    private void Rejoin(JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        var error = ValidateName(command.MemberId, command.InstanceId);
        if (error != ErrorCode.None)
        {
            completion.TrySetResult(JoinGroupResult.Failed(command.MemberId, error));
            return;
        }

        var member = _members[command.MemberId];
        var isLeader = LeaderId == member.Id;
        var isUnchanged = member.Matches(command.Protocols);
        if ((State == ClassicGroupState.CompletingRebalance && isUnchanged)
            || (State == ClassicGroupState.Stable && isUnchanged && !isLeader))
        {
            // It may have missed the answer that the others had; as a follower it has nothing new to say.
            completion.TrySetResult(CurrentGeneration(member, isLeader ? JoinedMembers() : []));
            return;
        }

        // A leader that joins again wants to assign anew, for instance because a topic has grown: that is no change of
        // its own metadata.
        Update(member, command);
        AwaitJoin(member, completion);
        RebalanceOrCompleteJoin($"member {member.Id} joins again while the group is {State}; client reason: {command.Reason ?? "none"}");
    }

    private void JoinStatic(JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        if (MemberIdsByInstanceId.TryGetValue(command.InstanceId!, out var predecessorId))
        {
            Replace(_members[predecessorId], command, completion);
        }
        else
        {
            Add(command.NewMemberId, command, completion);
        }
    }

    /// <summary>A static member has started again: it takes the place of its former self, which is fenced from now on.</summary>
    private void Replace(ClassicGroupMember predecessor, JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        var formerLeader = LeaderId;
        CompleteJoin(predecessor, JoinGroupResult.Failed(predecessor.Id, ErrorCode.FencedInstanceId));
        CompleteSync(predecessor, SyncGroupResult.Failed(ErrorCode.FencedInstanceId));

        var member = NewMember(command.NewMemberId, command);
        member.Assignment = predecessor.Assignment;
        _members.Remove(predecessor.Id);
        _members.Add(member.Id, member);
        MemberIdsByInstanceId[command.InstanceId!] = member.Id;
        if (_pendingSyncMembers.Remove(predecessor.Id))
        {
            _pendingSyncMembers.Add(member.Id);
        }

        if (LeaderId == predecessor.Id)
        {
            LeaderId = member.Id;
        }

        AwaitJoin(member, completion);
        RestartSession(member);
        if (State == ClassicGroupState.Stable && SelectProtocol() == ProtocolName)
        {
            StoreReplacement(member, command, formerLeader);
        }
        else
        {
            // While the leader assigns, it does so for the former id: the new one would get nothing.
            RebalanceOrCompleteJoin($"static member {command.InstanceId} joins while the group is {State}; client reason: {command.Reason ?? "none"}");
        }
    }

    private void StoreReplacement(ClassicGroupMember member, JoinGroupCommand command, string? formerLeader)
    {
        // A leader must not assign for what has not changed. Clients that can be told so (KIP-814) get the member list for
        // their own bookkeeping; the others take themselves for followers by the leader's former id.
        var isLeader = LeaderId == member.Id;
        var result = command.SupportsSkippingAssignment
            ? CurrentGeneration(member, isLeader ? JoinedMembers() : []) with { SkipAssignment = isLeader }
            : CurrentGeneration(member, []) with { Leader = formerLeader ?? "" };
        Store(new GroupChange
        {
            Record = BuildRecord(assignments: null),
            ReplacementId = member.Id,
            ReplacementResult = result,
            DeadlineMs = Due(_clock.NowMs + _options.OffsetsCommitTimeoutMs),
        });
    }

    private void Add(string memberId, JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        if (_members.Count == 0)
        {
            ProtocolType = command.ProtocolType;
        }

        var member = NewMember(memberId, command);
        member.IsNew = true;
        member.KnowsItsId = command.MemberId.Length > 0;
        member.ExpiresAtMs = Due(_clock.NowMs + _options.NewMemberJoinTimeoutMs);
        AddToTables(member);
        AwaitJoin(member, completion);
        _hasNewMember = true;
        RebalanceOrCompleteJoin($"member {memberId} is new; client reason: {command.Reason ?? "none"}");
    }

    private static ClassicGroupMember NewMember(string memberId, JoinGroupCommand command) => new()
    {
        Id = memberId,
        InstanceId = command.InstanceId,
        ClientId = command.ClientId,
        ClientHost = command.ClientHost,
        SessionTimeoutMs = command.SessionTimeoutMs,
        RebalanceTimeoutMs = command.RebalanceTimeoutMs,
        Protocols = command.Protocols,
    };

    private static void Update(ClassicGroupMember member, JoinGroupCommand command)
    {
        member.Protocols = command.Protocols;
        member.SessionTimeoutMs = command.SessionTimeoutMs;
        member.RebalanceTimeoutMs = command.RebalanceTimeoutMs;
    }

    private bool HasRoomFor(string memberId)
    {
        if (memberId.Length == 0 && _pendingMembers.Count >= MaxPendingMembers)
        {
            return false;
        }

        var isMember = _members.TryGetValue(memberId, out var member);
        return State switch
        {
            // Those who wait are counted, not those who are members: so the last ones to come back are turned away
            // where the limit was lowered.
            ClassicGroupState.PreparingRebalance => member?.AwaitingJoin is not null || _awaitingJoinCount < _options.MaxSize,
            ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable => isMember || _members.Count < _options.MaxSize,
            _ => true,
        };
    }

    private void Expel(string memberId)
    {
        _pendingMembers.Remove(memberId);
        if (_members.TryGetValue(memberId, out var member))
        {
            RemoveFromTables(member);
        }

        CompleteJoinPhaseIfAllJoined();
    }

    private bool SupportsOneOf(string protocolType, IReadOnlyList<GroupProtocol> protocols)
    {
        if (protocolType.Length == 0 || protocols.Count == 0)
        {
            return false;
        }

        if (State == ClassicGroupState.Empty || _members.Count == 0)
        {
            return true;
        }

        return ProtocolType == protocolType && protocols.Any(protocol => IsSupportedByAll(protocol.Name));
    }

    private bool IsSupportedByAll(string protocolName) => _members.Values.All(member => member.Supports(protocolName));

    /// <summary>
    /// The protocol that most members prefer among those that all know; where two have as many votes, the one that the
    /// leader prefers.
    /// </summary>
    private string? SelectProtocol()
    {
        if (LeaderId is null || !_members.TryGetValue(LeaderId, out var leader))
        {
            return null;
        }

        var candidates = leader.Protocols.Select(protocol => protocol.Name).Where(IsSupportedByAll).Distinct().ToList();
        var votes = new int[candidates.Count];
        foreach (var member in _members.Values)
        {
            foreach (var protocol in member.Protocols)
            {
                var candidate = candidates.IndexOf(protocol.Name);
                if (candidate >= 0)
                {
                    votes[candidate]++;
                    break;
                }
            }
        }

        return candidates.Count > 0 ? candidates[Array.IndexOf(votes, votes.Max())] : null;
    }

    private JoinGroupResult CurrentGeneration(ClassicGroupMember member, IReadOnlyList<JoinedMember> members) => new()
    {
        MemberId = member.Id,
        Generation = Generation,
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        Leader = LeaderId ?? "",
        Members = members,
    };

    private List<JoinedMember> JoinedMembers() =>
        [.. _members.Values.Select(member => new JoinedMember(member.Id, member.InstanceId, member.Metadata(ProtocolName)))];
}
