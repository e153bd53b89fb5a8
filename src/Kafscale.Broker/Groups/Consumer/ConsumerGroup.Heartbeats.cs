using Kafscale.Protocol;

namespace Kafscale.Broker.Groups.Consumer;

/// <content>ConsumerGroupHeartbeat: into the group, on in it, and out of it.</content>
internal sealed partial class ConsumerGroup
{
    // A record is one value of the metadata store, and grows by what members are assigned, too.
    private const int MaxRecordBytesForNewMembers = 700_000;

    /// <summary>A member joins, reports, or leaves. What it is told it may be told once <see cref="Storing"/> is complete.</summary>
    public ConsumerHeartbeatResult Heartbeat(ConsumerHeartbeatCommand command)
    {
        if (IsDead)
        {
            return ConsumerHeartbeatResult.Failed(_deathReason, "The group has ended.");
        }

        _record.Retry();
        return command.MemberEpoch < ConsumerHeartbeatCommand.Joining ? Leave(command) : Report(command);
    }

    private ConsumerHeartbeatResult Report(ConsumerHeartbeatCommand command)
    {
        if (!string.IsNullOrEmpty(command.SubscribedTopicRegex) && !SubscriptionPattern.TryParse(command.SubscribedTopicRegex, out _, out var fault))
        {
            return ConsumerHeartbeatResult.Failed(
                ErrorCode.InvalidRegularExpression, $"SubscribedTopicRegex `{command.SubscribedTopicRegex}` is not a valid regular expression: {fault}.");
        }

        if (Refuse(command) is { } refusal)
        {
            return refusal;
        }

        var member = FindOrAdd(command, out var isNew);
        var hadAssigned = member.Assigned;
        var hasMissedAnswer = command.MemberEpoch != member.Epoch;
        var isSubscriptionChanged = Update(member, command);
        FollowGroup(isNew || isSubscriptionChanged || Epoch == 0);
        Reconcile(member, command.MemberEpoch == ConsumerHeartbeatCommand.Joining ? ConsumerGroupMember.NoPartitions : command.Owned);
        RestartSession(member);
        if (isNew)
        {
            LogMemberJoined(GroupId, member.Id, member.Epoch);
        }

        return new ConsumerHeartbeatResult
        {
            MemberId = member.Id,
            MemberEpoch = member.Epoch,
            Assignment = command.IsFull || hasMissedAnswer || !ReferenceEquals(hadAssigned, member.Assigned) ? member.Assigned : null,
        };
    }

    /// <summary>Why the request can not be from a member, or one that is to be; null where it can.</summary>
    private ConsumerHeartbeatResult? Refuse(ConsumerHeartbeatCommand command)
    {
        var isJoining = command.MemberEpoch == ConsumerHeartbeatCommand.Joining;
        var member = _members.GetValueOrDefault(command.MemberId);
        if (command.InstanceId is not null)
        {
            var holder = FindInstance(command.InstanceId);
            if (isJoining && holder is not null && holder != member && holder is { Classic: null, HasLeftForAWhile: false })
            {
                return ConsumerHeartbeatResult.Failed(
                    ErrorCode.UnreleasedInstanceId,
                    $"Static member {command.MemberId} with instance id {command.InstanceId} cannot join the group because the instance id is owned by {holder.Id} member.");
            }

            if (!isJoining && holder is not null && holder != member)
            {
                return ConsumerHeartbeatResult.Failed(
                    ErrorCode.FencedInstanceId,
                    $"Static member {command.MemberId} with instance id {command.InstanceId} was fenced by member {holder.Id}.");
            }

            // One whose place is free to take makes no group larger.
            member = holder ?? member;
        }

        if (member is not null && member.InstanceId != command.InstanceId && isJoining)
        {
            return UnknownMember(command);
        }

        if (member is null)
        {
            return !isJoining ? UnknownMember(command) : RefuseNewMember();
        }

        return isJoining ? null : RefuseEpoch(member, command);
    }

    private static ConsumerHeartbeatResult UnknownMember(ConsumerHeartbeatCommand command) =>
        ConsumerHeartbeatResult.Failed(ErrorCode.UnknownMemberId, $"Member {command.MemberId} is not a member of the group.");

    private ConsumerHeartbeatResult? RefuseNewMember()
    {
        if (_members.Count >= _options.ConsumerMaxSize)
        {
            return ConsumerHeartbeatResult.Failed(
                ErrorCode.GroupMaxSizeReached, $"The consumer group has reached its maximum capacity of {_options.ConsumerMaxSize} members.");
        }

        return _record.LastBytes > MaxRecordBytesForNewMembers
            ? ConsumerHeartbeatResult.Failed(ErrorCode.GroupMaxSizeReached, "What there is to store of the consumer group has reached its maximum size.")
            : null;
    }

    private static ConsumerHeartbeatResult? RefuseEpoch(ConsumerGroupMember member, ConsumerHeartbeatCommand command)
    {
        // The answer that brought the newest epoch may have been lost: then the member still is what it was before.
        var hasMissedAnswer = command.MemberEpoch == member.PreviousEpoch && command.Owned is not null && command.Owned.IsSubsetOf(member.Assigned);
        return command.MemberEpoch == member.Epoch || (command.MemberEpoch < member.Epoch && hasMissedAnswer)
            ? null
            : ConsumerHeartbeatResult.Failed(
                ErrorCode.FencedMemberEpoch,
                $"The consumer group member has epoch {command.MemberEpoch}, but the group coordinator knows it in epoch {member.Epoch}. "
                + "The member must abandon all its partitions and rejoin.");
    }

    private ConsumerGroupMember FindOrAdd(ConsumerHeartbeatCommand command, out bool isNew)
    {
        isNew = false;
        var holder = command.InstanceId is null ? null : FindInstance(command.InstanceId);
        if (holder is not null && holder.Id != command.MemberId)
        {
            return Replace(holder, command.MemberId);
        }

        if (_members.TryGetValue(command.MemberId, out var member))
        {
            return member;
        }

        isNew = true;
        return Add(new ConsumerGroupMember { Id = command.MemberId, InstanceId = command.InstanceId });
    }

    private ConsumerGroupMember Add(ConsumerGroupMember member)
    {
        if (_members.Count == 0)
        {
            StateChangedAtMs = _clock.UtcNowMs;
        }

        AddToTables(member);
        _record.Touch();
        return member;
    }

    /// <summary>A static member has started again: it takes the place of its former self, and gets back what that one had.</summary>
    private ConsumerGroupMember Replace(ConsumerGroupMember predecessor, string memberId)
    {
        RemoveFromTables(predecessor);
        return Add(ConsumerGroupMember.Replacing(predecessor, memberId));
    }

    /// <summary>Takes over what the member says of itself.</summary>
    /// <returns>Whether it subscribes to something else now.</returns>
    private bool Update(ConsumerGroupMember member, ConsumerHeartbeatCommand command)
    {
        var rackId = command.RackId ?? member.RackId;
        var rebalanceTimeoutMs = command.RebalanceTimeoutMs ?? member.RebalanceTimeoutMs;
        var assignor = command.ServerAssignor ?? member.ServerAssignor;
        var names = command.SubscribedTopicNames is null ? member.SubscribedTopicNames : [.. command.SubscribedTopicNames.Distinct().Order(StringComparer.Ordinal)];
        var regex = command.SubscribedTopicRegex ?? member.SubscribedTopicRegex;
        var isSubscriptionChanged = regex != member.SubscribedTopicRegex || !names.SequenceEqual(member.SubscribedTopicNames);
        if (isSubscriptionChanged
            || rackId != member.RackId
            || rebalanceTimeoutMs != member.RebalanceTimeoutMs
            || assignor != member.ServerAssignor
            || command.ClientId != member.ClientId
            || command.ClientHost != member.ClientHost
            || member.Classic is not null)
        {
            _record.Touch();
        }

        member.RackId = rackId;
        member.RebalanceTimeoutMs = rebalanceTimeoutMs;
        member.ServerAssignor = assignor;
        member.SubscribedTopicNames = names;
        member.SubscribedTopicRegex = regex;
        member.ClientId = command.ClientId;
        member.ClientHost = command.ClientHost;
        member.Classic = null;
        return isSubscriptionChanged;
    }

    private ConsumerHeartbeatResult Leave(ConsumerHeartbeatCommand command)
    {
        var error = ValidateName(command.MemberId, command.InstanceId);
        if (error != ErrorCode.None)
        {
            return ConsumerHeartbeatResult.Failed(error, $"Member {command.MemberId} is not, or no longer, a member of the group.");
        }

        var member = _members[command.MemberId];
        if (command.MemberEpoch == ConsumerHeartbeatCommand.LeavingForAWhile && member.InstanceId is not null)
        {
            LeaveForAWhile(member);
        }
        else
        {
            Remove([member], _ => "it has left");
        }

        return new ConsumerHeartbeatResult { MemberId = member.Id, MemberEpoch = command.MemberEpoch };
    }

    /// <summary>A static member stops, and is expected back within its session timeout: what it has stays its own.</summary>
    private void LeaveForAWhile(ConsumerGroupMember member)
    {
        LogMemberRemoved(GroupId, member.Id, "it has left for a while");
        _owners.Release(member.Id, member.PendingRevocation);
        member.PendingRevocation = ConsumerGroupMember.NoPartitions;
        member.State = ConsumerMemberState.Stable;
        member.RevocationDueAtMs = GroupClock.Never;
        member.Epoch = ConsumerGroupMember.LeftForAWhile;
        _record.Touch();
    }

    private ConsumerGroupMember? FindInstance(string instanceId) =>
        MemberIdsByInstanceId.TryGetValue(instanceId, out var memberId) ? _members[memberId] : null;
}
