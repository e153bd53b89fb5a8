using Kafscale.Protocol;

namespace Kafscale.Broker.Groups.Consumer;

/// <content>Members that speak the classic protocol, while others of the group speak the new one already.</content>
internal sealed partial class ConsumerGroup
{
    /// <inheritdoc/>
    public void Join(JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion)
    {
        _record.Retry();
        var memberId = command.MemberId.Length > 0 ? command.MemberId : command.NewMemberId;
        var error = RefuseJoin(command, out var subscription);
        if (error != ErrorCode.None)
        {
            completion.TrySetResult(JoinGroupResult.Failed(command.MemberId, error));
            return;
        }

        if (command.MemberId.Length == 0 && command.InstanceId is null && command.RequiresKnownMemberId)
        {
            completion.TrySetResult(JoinGroupResult.Failed(memberId, ErrorCode.MemberIdRequired));
            return;
        }

        var member = FindOrAdd(new ConsumerHeartbeatCommand { MemberId = memberId, MemberEpoch = 0, InstanceId = command.InstanceId }, out var isNew);
        var isSubscriptionChanged = Update(member, command, subscription!);
        FollowGroup(isNew || isSubscriptionChanged);
        Reconcile(member, ClassicConsumerProtocol.ToPartitions(subscription!.OwnedPartitions, _directory));
        RestartSession(member);
        member.Classic!.SyncDueAtMs = Due(_clock.After(command.RebalanceTimeoutMs));
        var result = new JoinGroupResult
        {
            MemberId = member.Id,
            Generation = member.Epoch,
            ProtocolType = ProtocolType,
            ProtocolName = member.Classic.ProtocolName,
        };
        _record.WhenStored(storeError => completion.TrySetResult(
            storeError == ErrorCode.None ? result : JoinGroupResult.Failed(memberId, storeError)));
    }

    /// <summary>Nobody waits here for other members, and who has hung up has its session timeout.</summary>
    public void Abandon(Task<JoinGroupResult> joining)
    {
    }

    /// <inheritdoc/>
    public void Sync(SyncGroupCommand command, TaskCompletionSource<SyncGroupResult> completion)
    {
        var error = ValidateClassic(command.MemberId, command.InstanceId, command.Generation, out var member);
        if (error == ErrorCode.None && (Contradicts(command.ProtocolType, ProtocolType) || Contradicts(command.ProtocolName, member!.Classic!.ProtocolName)))
        {
            error = ErrorCode.InconsistentGroupProtocol;
        }

        if (error == ErrorCode.None && IsLeftBehind(member!) && member!.State != ConsumerMemberState.UnrevokedPartitions)
        {
            AwaitJoin(member);
            error = ErrorCode.RebalanceInProgress;
        }

        if (error != ErrorCode.None)
        {
            completion.TrySetResult(SyncGroupResult.Failed(error));
            return;
        }

        member!.Classic!.SyncDueAtMs = GroupClock.Never;
        RestartSession(member);
        completion.TrySetResult(new SyncGroupResult
        {
            ProtocolType = ProtocolType,
            ProtocolName = member.Classic.ProtocolName,
            Assignment = ClassicConsumerProtocol.WriteAssignment(member.Classic, member.Assigned, _directory),
        });
    }

    /// <inheritdoc/>
    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        var error = ValidateClassic(memberId, instanceId, generation, out var member);
        if (error != ErrorCode.None)
        {
            return error;
        }

        RestartSession(member!);
        FollowGroup(hasChanged: false);

        // It has to come back to say that it has given something back, to get into the next epoch, and to get what is free now.
        var hasToJoin = member!.State switch
        {
            ConsumerMemberState.UnrevokedPartitions => true,
            ConsumerMemberState.UnreleasedPartitions =>
                IsLeftBehind(member) || member.Target.Except(member.Assigned).Any(partition => _owners.IsFreeFor(member.Id, partition)),
            _ => IsLeftBehind(member),
        };
        if (!hasToJoin)
        {
            return ErrorCode.None;
        }

        AwaitJoin(member);
        return ErrorCode.RebalanceInProgress;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ErrorCode> Leave(IReadOnlyList<LeavingMember> leaving)
    {
        if (IsDead)
        {
            return [.. leaving.Select(_ => _deathReason)];
        }

        _record.Retry();
        var gone = new Dictionary<ConsumerGroupMember, string>();
        List<ErrorCode> errors = [.. leaving.Select(each => FindLeaving(each, gone))];
        Remove([.. gone.Keys], member => gone[member]);
        return errors;
    }

    private ErrorCode FindLeaving(LeavingMember leaving, Dictionary<ConsumerGroupMember, string> gone)
    {
        // An administrator names the instance alone, and may send away members of either protocol by it.
        var memberId = leaving.MemberId;
        if (memberId.Length == 0 && leaving.InstanceId is not null)
        {
            memberId = MemberIdsByInstanceId.GetValueOrDefault(leaving.InstanceId, "");
        }

        var error = ValidateName(memberId, leaving.InstanceId);
        if (error == ErrorCode.None && !gone.TryAdd(_members[memberId], $"it has left; client reason: {leaving.Reason ?? "none"}"))
        {
            return ErrorCode.UnknownMemberId;
        }

        return error;
    }

    private ErrorCode RefuseJoin(JoinGroupCommand command, out Protocol.Messages.ConsumerProtocolSubscription? subscription)
    {
        subscription = null;
        if (IsDead)
        {
            return _deathReason;
        }

        var member = command.InstanceId is not null ? FindInstance(command.InstanceId) : _members.GetValueOrDefault(command.MemberId);
        if (member is null && RefuseNewMember() is { } refusal)
        {
            return refusal.Error;
        }

        if (command.MemberId.Length > 0 && command.InstanceId is not null && ValidateName(command.MemberId, command.InstanceId) is var error && error != ErrorCode.None)
        {
            return error;
        }

        if (member is { Classic: null } && command.MemberId.Length > 0)
        {
            // It speaks the consumer protocol.
            return ErrorCode.UnknownMemberId;
        }

        var speaksAlike = command.ProtocolType == ProtocolType && command.Protocols.Any(protocol => _members.Values
            .Where(other => other != member)
            .All(other => other.Classic is null || other.Classic.Protocols.Any(known => known.Name == protocol.Name)));
        if (!speaksAlike || !ClassicConsumerProtocol.TryReadSubscription(command.Protocols[0].Metadata, out subscription))
        {
            return ErrorCode.InconsistentGroupProtocol;
        }

        // A member that was removed and does not know it still has what others have been given: it must let go of that first.
        return member is null && subscription.OwnedPartitions.Count > 0 ? ErrorCode.UnknownMemberId : ErrorCode.None;
    }

    private bool Update(ConsumerGroupMember member, JoinGroupCommand command, Protocol.Messages.ConsumerProtocolSubscription subscription)
    {
        List<string> names = [.. subscription.Topics.Distinct().Order(StringComparer.Ordinal)];
        var isSubscriptionChanged = !names.SequenceEqual(member.SubscribedTopicNames) || !string.IsNullOrEmpty(member.SubscribedTopicRegex);
        member.SubscribedTopicNames = names;
        member.SubscribedTopicRegex = null;
        member.RackId = subscription.RackId ?? member.RackId;
        member.RebalanceTimeoutMs = command.RebalanceTimeoutMs;
        member.ClientId = command.ClientId;
        member.ClientHost = command.ClientHost;
        member.Classic = new ClassicMember { SessionTimeoutMs = command.SessionTimeoutMs, Protocols = command.Protocols };
        _record.Touch();
        return isSubscriptionChanged;
    }

    private ErrorCode ValidateClassic(string memberId, string? instanceId, int generation, out ConsumerGroupMember? member)
    {
        member = null;
        if (IsDead)
        {
            return _deathReason;
        }

        var error = ValidateName(memberId, instanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        member = _members[memberId];
        if (member.Classic is null)
        {
            return ErrorCode.UnknownMemberId;
        }

        return generation == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private bool IsLeftBehind(ConsumerGroupMember member) => Epoch > member.Epoch;

    /// <summary>The member was told to join again, and is removed where it does not.</summary>
    private void AwaitJoin(ConsumerGroupMember member)
    {
        if (member.Classic!.JoinDueAtMs == GroupClock.Never)
        {
            member.Classic.JoinDueAtMs = Due(_clock.After(member.RebalanceTimeoutMs));
        }
    }
}
