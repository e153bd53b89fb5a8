using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// The membership of one group in the consumer protocol (KIP-848): the coordinator says who is to have what, and every
/// member gets there at its own pace.
/// </summary>
/// <remarks>
/// <para>The group's <see cref="Epoch"/> grows with every change of what an assignment is made from, and each time it is worked
/// out anew what every member is to have. A member's own epoch follows once it has given back what it is not to have any
/// more. It gets a partition once nobody else has it.</para>
/// <para>Memory may be ahead of the metadata store, answers never are: whoever is to be told something waits for
/// <see cref="Storing"/>. One record is on its way at a time; what changes meanwhile goes with the next.</para>
/// </remarks>
internal sealed partial class ConsumerGroup : GroupMembership, IGroupMembership
{
    private readonly GroupOptions _options;
    private readonly GroupClock _clock;
    private readonly ILogger _logger;
    private readonly SubscribedTopics _topics;
    private readonly ITopicDirectory _directory;
    private readonly IGroupConfigurations _configurations;
    private readonly PartitionOwners _owners = new();
    private readonly SortedDictionary<string, ConsumerGroupMember> _members = new(StringComparer.Ordinal);
    private readonly PendingRecord _record = new();
    private ErrorCode _deathReason;

    /// <summary>Nobody has worked out yet what members are to have, as after a change of coordinator.</summary>
    private bool _needsTarget = true;

    /// <summary>Makes a group without members.</summary>
    public ConsumerGroup(
        string groupId, GroupOptions options, ITopicDirectory topics, IGroupConfigurations configurations, GroupClock clock, ILogger logger)
        : base(groupId)
    {
        _options = options;
        _clock = clock;
        _logger = logger;
        _directory = topics;
        _configurations = configurations;
        _topics = new SubscribedTopics(topics);
        StateChangedAtMs = clock.UtcNowMs;
    }

    public string TypeName => "consumer";

    public string StateName => IsDead ? "Dead"
        : IsEmpty ? "Empty"
        : _needsTarget ? "Assigning"
        : _members.Values.All(IsReconciled) ? "Stable"
        : "Reconciling";

    public string ProtocolType => ConsumerSubscription.ProtocolType;

    public bool IsEmpty => !IsDead && _members.Count == 0;

    public bool IsVacant => _members.Count == 0;

    public bool IsDead { get; private set; }

    public long StateChangedAtMs { get; private set; }

    /// <summary>How often what members are to have was worked out.</summary>
    public int Epoch { get; private set; }

    /// <summary>The epoch in which that was done last.</summary>
    public int AssignmentEpoch { get; private set; }

    /// <summary>Who does it.</summary>
    public IConsumerAssignor Assignor => ConsumerAssignors.Choose(_members.Values);

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyCollection<ConsumerGroupMember> Members => _members.Values;

    public int MemberCount => _members.Count;

    public int RebalanceCount { get; private set; }

    /// <inheritdoc/>
    public Task<ErrorCode>? Storing => _record.Storing;

    /// <summary>All members speak the classic protocol, and the group may go back to it.</summary>
    public bool IsToBecomeClassic =>
        !IsDead
        && _members.Count > 0
        && _members.Count <= _options.MaxSize
        && _options.ConsumerMigrationPolicy is ConsumerGroupMigrationPolicy.Downgrade or ConsumerGroupMigrationPolicy.Bidirectional
        && _members.Values.All(member => member.Classic is not null);

    /// <summary>Brings a stored group back: its members keep their place and have their whole session timeout to report.</summary>
    public static ConsumerGroup Load(
        GroupRecord record, GroupOptions options, ITopicDirectory topics, IGroupConfigurations configurations, GroupClock clock, ILogger logger)
    {
        var group = new ConsumerGroup(record.GroupId, options, topics, configurations, clock, logger)
        {
            Epoch = record.Generation,
            AssignmentEpoch = record.Generation,
            StateChangedAtMs = record.StateChangedAtMs,
        };
        foreach (var member in record.Consumer.Members.Select(ConsumerGroupRecords.ToMember))
        {
            group.AddToTables(member);
            group.RestartSession(member);
            if (member.State == ConsumerMemberState.UnrevokedPartitions)
            {
                member.RevocationDueAtMs = group.Due(clock.After(member.RebalanceTimeoutMs));
            }
        }

        return group;
    }

    /// <inheritdoc/>
    public GroupChange? TakeChange() => IsDead ? null : _record.Take(ToRecord);

    public GroupRecord ToRecord() => ConsumerGroupRecords.ToRecord(GroupId, Epoch, StateChangedAtMs, _members.Values);

    /// <inheritdoc/>
    public void OnStored(GroupChange change, ErrorCode error)
    {
        _record.OnStored(change, error);
        if (error != ErrorCode.None && !IsDead)
        {
            // Whoever comes first tries again; nobody may come.
            _retryAtMs = Due(_clock.NowMs + _options.OffsetsCommitTimeoutMs);
        }
    }

    /// <inheritdoc/>
    public void Die(ErrorCode reason)
    {
        IsDead = true;
        _deathReason = reason;
        NextDeadlineMs = GroupClock.Never;
        _record.GiveUp(reason);
    }

    /// <inheritdoc/>
    public bool TryFindSubscribedTopics(ISet<string> names)
    {
        foreach (var topicId in _members.Values.SelectMany(_topics.FindTopics))
        {
            if (_directory.TryGetTopic(topicId, out var name, out _))
            {
                names.Add(name);
            }
        }

        return true;
    }

    protected override bool HasMember(string memberId) => _members.ContainsKey(memberId);

    private bool IsReconciled(ConsumerGroupMember member) =>
        member.HasLeftForAWhile || (member.State == ConsumerMemberState.Stable && member.Epoch == AssignmentEpoch);

    private void AddToTables(ConsumerGroupMember member)
    {
        _members.Add(member.Id, member);
        if (member.InstanceId is not null)
        {
            MemberIdsByInstanceId[member.InstanceId] = member.Id;
        }

        // Whoever came from the classic protocol may have been given what another one has, too: the first keeps it.
        member.Assigned = member.Assigned.Where(partition => _owners.IsFreeFor(member.Id, partition)).ToHashSet();
        _owners.Replace(member.Id, [], member.Assigned.Concat(member.PendingRevocation));
    }

    private void RemoveFromTables(ConsumerGroupMember member)
    {
        _members.Remove(member.Id);
        if (member.InstanceId is not null && MemberIdsByInstanceId.GetValueOrDefault(member.InstanceId) == member.Id)
        {
            MemberIdsByInstanceId.Remove(member.InstanceId);
        }

        _owners.Release(member.Id, member.Assigned.Concat(member.PendingRevocation));
    }

    /// <summary>Members are gone for good: the others share what they had.</summary>
    private void Remove(List<ConsumerGroupMember> gone, Func<ConsumerGroupMember, string> reason)
    {
        if (gone.Count == 0)
        {
            return;
        }

        foreach (var member in gone)
        {
            LogMemberRemoved(GroupId, member.Id, reason(member));
            RemoveFromTables(member);
        }

        if (_members.Count == 0)
        {
            StateChangedAtMs = _clock.UtcNowMs;
        }

        BeginEpoch();
    }

    [LoggerMessage(1431, LogLevel.Information, "Group {GroupId}: member {MemberId} is new, in epoch {Epoch}.")]
    private partial void LogMemberJoined(string groupId, string memberId, int epoch);

    [LoggerMessage(1432, LogLevel.Information, "Group {GroupId}: member {MemberId} is removed: {Reason}.")]
    private partial void LogMemberRemoved(string groupId, string memberId, string reason);

    [LoggerMessage(1433, LogLevel.Debug, "Group {GroupId}: epoch {Epoch}, {MemberCount} members, assigned by {Assignor}.")]
    private partial void LogEpoch(string groupId, int epoch, int memberCount, string assignor);
}
