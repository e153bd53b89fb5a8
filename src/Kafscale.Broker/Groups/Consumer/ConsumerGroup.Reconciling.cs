namespace Kafscale.Broker.Groups.Consumer;

/// <content>What members are to have, and how they get there.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Sees to it that what members are to have is up to date.</summary>
    /// <param name="hasChanged">Members or their subscriptions are not what they were.</param>
    private void FollowGroup(bool hasChanged)
    {
        if (_needsTarget && !hasChanged)
        {
            ResumeEpoch();
        }
        else if (hasChanged || (_topics.IsOutdated && _topics.Refresh(_members.Values)))
        {
            BeginEpoch();
        }
    }

    /// <summary>
    /// After a change of coordinator: where all members have what they are to have, nothing is to be done, and nothing to be
    /// written. Otherwise what they were to have is not known any more, and they begin anew from what they have.
    /// </summary>
    private void ResumeEpoch()
    {
        Assign();
        if (!_members.Values.All(member => IsReconciled(member) && member.Target.SetEquals(member.Assigned)))
        {
            BeginEpoch();
        }
    }

    private void BeginEpoch()
    {
        Epoch++;
        RebalanceCount++;
        _record.Touch();
        Assign();
        LogEpoch(GroupId, Epoch, _members.Count, Assignor.Name);
    }

    private void Assign()
    {
        _topics.Refresh(_members.Values);
        var members = _members.Values.OrderBy(member => member.InstanceId ?? member.Id, StringComparer.Ordinal).ToList();

        // What a member was to have before is what it will keep, if it can; a new coordinator knows only what it has.
        var targets = Assignor.Assign(
            members.ConvertAll(member => new AssignorMember(
                member.InstanceId ?? member.Id, member.RackId, _topics.FindTopics(member), _needsTarget ? member.Assigned : member.Target)),
            _topics.ToAssignorTopics());
        for (var i = 0; i < members.Count; i++)
        {
            members[i].Target = targets[i];
        }

        _needsTarget = false;
        AssignmentEpoch = Epoch;
    }

    /// <summary>Brings a member one step further towards what it is to have.</summary>
    /// <param name="member">Who has just reported.</param>
    /// <param name="owned">What it says that it has; null where it has not said so.</param>
    private void Reconcile(ConsumerGroupMember member, IReadOnlySet<AssignedPartition>? owned)
    {
        switch (member.State)
        {
            case ConsumerMemberState.Stable when member.Epoch == AssignmentEpoch:
            case ConsumerMemberState.UnrevokedPartitions when Owns(owned, member.PendingRevocation):
                return;
        }

        // Having given back what it was asked for ends an epoch, whatever comes next.
        var epoch = member.State == ConsumerMemberState.UnrevokedPartitions ? member.Epoch + 1 : member.Epoch;
        var kept = member.Assigned.Intersect(member.Target).ToHashSet();
        var revoked = member.Assigned.Except(member.Target).ToHashSet();
        if (revoked.Count > 0 && Owns(owned, revoked))
        {
            MoveTo(member, ConsumerMemberState.UnrevokedPartitions, epoch, kept, revoked);
            return;
        }

        var isIncomplete = false;
        foreach (var partition in member.Target)
        {
            if (_owners.IsFreeFor(member.Id, partition))
            {
                kept.Add(partition);
            }
            else
            {
                isIncomplete = true;
            }
        }

        MoveTo(
            member,
            isIncomplete ? ConsumerMemberState.UnreleasedPartitions : ConsumerMemberState.Stable,
            AssignmentEpoch,
            kept,
            ConsumerGroupMember.NoPartitions);
    }

    private static bool Owns(IReadOnlySet<AssignedPartition>? owned, IReadOnlySet<AssignedPartition> revoked) =>
        owned is null || revoked.Overlaps(owned);

    private void MoveTo(
        ConsumerGroupMember member,
        ConsumerMemberState state,
        int epoch,
        HashSet<AssignedPartition> assigned,
        IReadOnlySet<AssignedPartition> pendingRevocation)
    {
        var isSameAssignment = assigned.SetEquals(member.Assigned);
        if (member.State == state && member.Epoch == epoch && isSameAssignment && pendingRevocation.SetEquals(member.PendingRevocation))
        {
            return;
        }

        _owners.Replace(member.Id, member.Assigned.Concat(member.PendingRevocation), assigned.Concat(pendingRevocation));
        if (member.Epoch != epoch)
        {
            member.PreviousEpoch = member.Epoch;
            member.Epoch = epoch;
        }

        member.State = state;
        member.Assigned = isSameAssignment ? member.Assigned : assigned;
        member.PendingRevocation = pendingRevocation;
        member.RevocationDueAtMs = state == ConsumerMemberState.UnrevokedPartitions
            ? Due(_clock.After(member.RebalanceTimeoutMs))
            : GroupClock.Never;
        _record.Touch();
    }
}
