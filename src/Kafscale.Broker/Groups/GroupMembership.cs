using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <summary>What the memberships of both protocols have in common: the names that requests carry, and when something is due.</summary>
internal abstract class GroupMembership(string groupId)
{
    public string GroupId => groupId;

    /// <summary>
    /// When something is due next, on the groups' clock; not later than that, often earlier, because heartbeats only move the members'
    /// own deadlines.
    /// </summary>
    public long NextDeadlineMs { get; protected set; } = GroupClock.Never;

    /// <summary>The members that are static (KIP-345).</summary>
    protected Dictionary<string, string> MemberIdsByInstanceId { get; } = new(StringComparer.Ordinal);

    protected abstract bool HasMember(string memberId);

    /// <summary>Whether the names that a request carries are those of a member, and not of one that was replaced.</summary>
    protected ErrorCode ValidateName(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (!MemberIdsByInstanceId.TryGetValue(instanceId, out var currentId))
            {
                return ErrorCode.UnknownMemberId;
            }

            if (currentId != memberId)
            {
                return ErrorCode.FencedInstanceId;
            }
        }

        return HasMember(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    /// <summary>Whether a request names something that is known to be something else.</summary>
    protected static bool Contradicts(string? claimed, string? actual) => claimed is not null && actual is not null && claimed != actual;

    /// <summary>Takes note of a deadline.</summary>
    protected long Due(long deadlineMs)
    {
        NextDeadlineMs = Math.Min(NextDeadlineMs, deadlineMs);
        return deadlineMs;
    }
}
