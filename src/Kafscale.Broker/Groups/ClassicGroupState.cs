namespace Kafscale.Broker.Groups;

/// <summary>Where a group is in its life; the names are those that ListGroups and DescribeGroups report.</summary>
internal enum ClassicGroupState
{
    /// <summary>It has no members; it may have committed offsets.</summary>
    Empty,

    /// <summary>Members are joining the next generation.</summary>
    PreparingRebalance,

    /// <summary>The generation's members are known; the leader's assignment is not, or is not durable yet.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment or gets it when it asks.</summary>
    Stable,

    /// <summary>It is being deleted, or this coordinator no longer leads it.</summary>
    Dead,
}
