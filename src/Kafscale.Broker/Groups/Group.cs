namespace Kafscale.Broker.Groups;

/// <summary>One group of a <see cref="GroupShard"/>: its members and its offsets. All of it belongs to <see cref="Lock"/>.</summary>
internal sealed class Group(string id, string encodedId, IGroupMembership membership)
{
    public Lock Lock { get; } = new();

    public string Id => id;

    /// <summary>The id as it is in keys.</summary>
    public string EncodedId => encodedId;

    /// <summary>Replaced where the group goes over to another protocol.</summary>
    public IGroupMembership Membership { get; set; } = membership;

    /// <summary>What is durable; a commit under way does not show.</summary>
    public Dictionary<OffsetKey, CommittedOffset> Offsets { get; } = [];

    /// <summary>Writes that the metadata store has not answered yet.</summary>
    public int WritesInProgress { get; set; }

    /// <summary>How many rebalances of <see cref="Membership"/> are in the metrics.</summary>
    public int CountedRebalances { get; set; }

    /// <summary>The store has a record of the group, or will have.</summary>
    public bool HasRecord { get; set; }

    /// <summary>When the shard's timer looks at the group next.</summary>
    public long ScheduledAtMs { get; set; } = GroupClock.Never;

    /// <summary>Tells groups with one deadline apart; the schedule's own.</summary>
    public long ScheduleNumber { get; set; }

    /// <summary>The shard no longer knows it: whoever has found it before looks again.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Topics of offsets that the last check did not find any more.</summary>
    public HashSet<Guid> MissingTopics { get; set; } = [];

    /// <summary>There is nothing in it that anybody could miss.</summary>
    public bool IsForgettable =>
        Membership.IsEmpty && Membership.IsVacant && Offsets.Count == 0 && !HasRecord && WritesInProgress == 0;
}
