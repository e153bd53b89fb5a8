using Google.Protobuf;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// The membership of one group in the classic protocol: who is in it, in which generation, with which assignment.
/// </summary>
/// <remarks>
/// <para>A plain state machine: it has no lock, thread, timer or I/O of its own. Its owner calls it under one lock, calls
/// <see cref="Advance"/> when <see cref="GroupMembership.NextDeadlineMs"/> has come, writes what <see cref="TakeChange"/> hands out to the
/// metadata store, and reports with <see cref="OnStored"/>. Requests that must wait are completed later.</para>
/// <para>What members are told follows from what is durable: an assignment is handed out, and a generation is stable, only
/// once it is stored. The one thing ahead of the store is that somebody has left.</para>
/// </remarks>
internal sealed partial class ClassicGroup : GroupMembership, IGroupMembership
{
    private readonly GroupOptions _options;
    private readonly GroupClock _clock;
    private readonly ILogger _logger;

    private readonly Dictionary<string, ClassicGroupMember> _members = [];

    /// <summary>Ids that were given out with MEMBER_ID_REQUIRED and have not joined yet, with when they lapse.</summary>
    private readonly Dictionary<string, long> _pendingMembers = [];

    /// <summary>Members of the generation that have not asked for their assignment yet.</summary>
    private readonly HashSet<string> _pendingSyncMembers = [];

    /// <summary>Handed out and not reported yet.</summary>
    private readonly List<GroupChange> _storing = [];

    private ErrorCode _deathReason;
    private int _awaitingJoinCount;
    private GroupChange? _change;

    /// <summary>Makes a group without members.</summary>
    public ClassicGroup(string groupId, GroupOptions options, GroupClock clock, ILogger logger)
        : base(groupId)
    {
        _options = options;
        _clock = clock;
        _logger = logger;
        StateChangedAtMs = clock.UtcNowMs;
    }

    public string TypeName => "classic";

    public ClassicGroupState State { get; private set; } = ClassicGroupState.Empty;

    public string StateName => State.ToString();

    public bool IsEmpty => State == ClassicGroupState.Empty;

    public bool IsDead => State == ClassicGroupState.Dead;

    /// <summary>Whoever waits is answered by the group itself.</summary>
    public Task<ErrorCode>? Storing => null;

    public int Generation { get; private set; }

    /// <summary>Null until the first member has joined.</summary>
    public string? ProtocolType { get; private set; }

    /// <summary>Null while there is no generation.</summary>
    public string? ProtocolName { get; private set; }

    public string? LeaderId { get; private set; }

    /// <summary>Wall clock.</summary>
    public long StateChangedAtMs { get; private set; }

    public IReadOnlyCollection<ClassicGroupMember> Members => _members.Values;

    public int MemberCount => _members.Count;

    public int RebalanceCount { get; private set; }

    /// <summary>Nobody is in it or on the way into it.</summary>
    public bool IsVacant => State is (ClassicGroupState.Empty or ClassicGroupState.Dead) && _members.Count == 0 && _pendingMembers.Count == 0;

    /// <summary>Brings a stored group back: its members keep their place and have their whole session timeout to report.</summary>
    public static ClassicGroup Load(GroupRecord record, GroupOptions options, GroupClock clock, ILogger logger)
    {
        var group = new ClassicGroup(record.GroupId, options, clock, logger)
        {
            Generation = record.Generation,
            ProtocolType = record.ProtocolType.Length > 0 ? record.ProtocolType : null,
            StateChangedAtMs = record.StateChangedAtMs,
        };
        foreach (var memberRecord in record.Members)
        {
            var member = new ClassicGroupMember
            {
                Id = memberRecord.MemberId,
                InstanceId = memberRecord.HasInstanceId ? memberRecord.InstanceId : null,
                ClientId = memberRecord.ClientId,
                ClientHost = memberRecord.ClientHost,
                SessionTimeoutMs = memberRecord.SessionTimeoutMs,
                RebalanceTimeoutMs = memberRecord.RebalanceTimeoutMs,
                Protocols = [.. memberRecord.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.Memory))],
                Assignment = memberRecord.Assignment.Memory,
            };
            group.AddToTables(member);
            group.RestartSession(member);
        }

        if (group._members.Count > 0)
        {
            group.State = ClassicGroupState.Stable;
            group.ProtocolName = record.HasProtocolName ? record.ProtocolName : null;
            group.LeaderId = record.HasLeader && group._members.ContainsKey(record.Leader) ? record.Leader : group._members.Keys.First();
            if (group._members.Count > options.MaxSize)
            {
                group.PrepareRebalance("the group was loaded with more members than group.max.size allows");
            }
        }

        return group;
    }

    /// <summary>Begins as what the group has become, which is to be stored, with a generation of its own.</summary>
    public void TakeOver(string reason)
    {
        Store(new GroupChange { Record = ToRecord(), DeadlineMs = GroupClock.Never });
        if (State == ClassicGroupState.Stable)
        {
            PrepareRebalance(reason);
        }
    }

    /// <summary>The group with what its members have.</summary>
    public GroupRecord ToRecord() => BuildRecord(assignments: null);

    /// <summary>Hands out the state that must be made durable next, if any; the newest one counts.</summary>
    public GroupChange? TakeChange()
    {
        var change = _change;
        _change = null;
        return change;
    }

    /// <summary>Ends the group: whoever waits is told why, and so is every later request.</summary>
    public void Die(ErrorCode reason)
    {
        _deathReason = reason;
        foreach (var member in _members.Values)
        {
            CompleteJoin(member, JoinGroupResult.Failed(member.Id, reason));
            CompleteSync(member, SyncGroupResult.Failed(reason));
        }

        ClearDeadlines();
        _storing.Clear();
        _change = null;
        TransitionTo(ClassicGroupState.Dead);
    }

    protected override bool HasMember(string memberId) => _members.ContainsKey(memberId);

    private void AddToTables(ClassicGroupMember member)
    {
        if (_members.Count == 0)
        {
            LeaderId = null;
        }

        _members.Add(member.Id, member);
        _pendingMembers.Remove(member.Id);
        if (member.InstanceId is not null)
        {
            MemberIdsByInstanceId[member.InstanceId] = member.Id;
        }

        LeaderId ??= member.Id;
    }

    private void RemoveFromTables(ClassicGroupMember member)
    {
        // A client that still waits asks again and finds its place, or none, as things are then.
        CompleteJoin(member, JoinGroupResult.Failed("", ErrorCode.UnknownMemberId));
        CompleteSync(member, SyncGroupResult.Failed(ErrorCode.UnknownMemberId));
        _members.Remove(member.Id);
        _pendingSyncMembers.Remove(member.Id);
        if (member.InstanceId is not null)
        {
            MemberIdsByInstanceId.Remove(member.InstanceId);
        }

        if (LeaderId == member.Id)
        {
            LeaderId = _members.Count > 0 ? _members.Keys.First() : null;
        }
    }

    private void AwaitJoin(ClassicGroupMember member, TaskCompletionSource<JoinGroupResult> completion)
    {
        // The client has given up on an earlier request and sent another.
        CompleteJoin(member, JoinGroupResult.Failed(member.Id, ErrorCode.RebalanceInProgress));
        member.AwaitingJoin = completion;
        _awaitingJoinCount++;
    }

    private void CompleteJoin(ClassicGroupMember member, JoinGroupResult result)
    {
        if (member.AwaitingJoin is { } completion)
        {
            member.AwaitingJoin = null;
            _awaitingJoinCount--;
            completion.TrySetResult(result);
        }
    }

    private static bool CompleteSync(ClassicGroupMember member, SyncGroupResult result)
    {
        var completion = member.AwaitingSync;
        member.AwaitingSync = null;
        return completion?.TrySetResult(result) ?? false;
    }

    private void TransitionTo(ClassicGroupState state)
    {
        State = state;
        StateChangedAtMs = _clock.UtcNowMs;
    }

    private GroupRecord BuildRecord(IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? assignments)
    {
        var record = new GroupRecord
        {
            GroupId = GroupId,
            ProtocolType = ProtocolType ?? "",
            Generation = Generation,
            StateChangedAtMs = StateChangedAtMs,
        };
        if (ProtocolName is not null)
        {
            record.ProtocolName = ProtocolName;
        }

        if (LeaderId is not null)
        {
            record.Leader = LeaderId;
        }

        foreach (var member in _members.Values)
        {
            var assignment = assignments is null ? member.Assignment : assignments.GetValueOrDefault(member.Id);
            var memberRecord = new GroupMemberRecord
            {
                MemberId = member.Id,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                SessionTimeoutMs = member.SessionTimeoutMs,
                RebalanceTimeoutMs = member.RebalanceTimeoutMs,
                Assignment = UnsafeByteOperations.UnsafeWrap(assignment),
            };
            if (member.InstanceId is not null)
            {
                memberRecord.InstanceId = member.InstanceId;
            }

            foreach (var protocol in member.Protocols)
            {
                memberRecord.Protocols.Add(new GroupProtocolRecord { Name = protocol.Name, Metadata = UnsafeByteOperations.UnsafeWrap(protocol.Metadata) });
            }

            record.Members.Add(memberRecord);
        }

        return record;
    }
}
