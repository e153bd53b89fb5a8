using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Who is in a group, in whatever protocol: a state machine without lock, thread, timer or I/O. Its owner calls it under the
/// group's lock, calls <see cref="Advance"/> when <see cref="NextDeadlineMs"/> has come, writes what <see cref="TakeChange"/>
/// hands out to the metadata store, and reports with <see cref="OnStored"/>.
/// </summary>
internal interface IGroupMembership
{
    string GroupId { get; }

    /// <summary>As ListGroups names it: <c>classic</c> or <c>consumer</c>.</summary>
    string TypeName { get; }

    /// <summary>As ListGroups names it.</summary>
    string StateName { get; }

    /// <summary>Null until the first member has joined.</summary>
    string? ProtocolType { get; }

    int MemberCount { get; }

    /// <summary>How many rebalances have begun since it is here.</summary>
    int RebalanceCount { get; }

    /// <summary>It has no members, and is there for those to come.</summary>
    bool IsEmpty { get; }

    /// <summary>Nobody is in it or on the way into it.</summary>
    bool IsVacant { get; }

    /// <summary>It is being deleted, or this coordinator no longer leads it.</summary>
    bool IsDead { get; }

    /// <summary>Since when it is as empty, or not, as it is. Wall clock.</summary>
    long StateChangedAtMs { get; }

    /// <summary>When <see cref="Advance"/> is needed next, on the groups' clock; not later than that.</summary>
    long NextDeadlineMs { get; }

    /// <summary>Completes when everything that was decided so far is durable; null where nothing waits for that.</summary>
    Task<ErrorCode>? Storing { get; }

    /// <summary>Does what is due.</summary>
    void Advance();

    /// <summary>Hands out the state that must be made durable next, if any; the newest one counts.</summary>
    GroupChange? TakeChange();

    /// <summary>The metadata store has, or has not, taken what <see cref="TakeChange"/> handed out.</summary>
    void OnStored(GroupChange change, ErrorCode error);

    /// <summary>Ends the group: whoever waits is told why, and so is every later request.</summary>
    void Die(ErrorCode reason);

    /// <summary>Takes a JoinGroup request; completes it now, or later.</summary>
    void Join(JoinGroupCommand command, TaskCompletionSource<JoinGroupResult> completion);

    /// <summary>Whoever sent a JoinGroup request that still waits has hung up.</summary>
    void Abandon(Task<JoinGroupResult> joining);

    /// <summary>Takes a SyncGroup request; completes it now, or later.</summary>
    void Sync(SyncGroupCommand command, TaskCompletionSource<SyncGroupResult> completion);

    /// <summary>A member of the classic protocol reports that it lives; the answer tells it whether to join again.</summary>
    ErrorCode Heartbeat(string memberId, string? instanceId, int generation);

    /// <summary>Members go, or are sent away; one error code for each, in their order.</summary>
    IReadOnlyList<ErrorCode> Leave(IReadOnlyList<LeavingMember> leaving);

    /// <summary>Whether offsets may be committed under these names.</summary>
    ErrorCode ValidateOffsetCommit(OffsetCommitter committer);

    /// <summary>Whether a member that names itself may read offsets.</summary>
    ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch);

    /// <summary>Adds the names of the topics that members consume from.</summary>
    /// <returns>False where they can not be found out.</returns>
    bool TryFindSubscribedTopics(ISet<string> names);
}
