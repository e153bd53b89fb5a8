namespace Kafscale.Broker.Groups.Consumer;

/// <summary>One member of a <see cref="ConsumerGroup"/>, which owns it. Sets of partitions are replaced, never changed.</summary>
internal sealed class ConsumerGroupMember
{
    /// <summary>The epoch of a static member that has left for a while.</summary>
    public const int LeftForAWhile = -2;

    public static readonly IReadOnlySet<AssignedPartition> NoPartitions = new HashSet<AssignedPartition>();

    public required string Id { get; init; }

    /// <summary>The name that a static member keeps over restarts (KIP-345).</summary>
    public string? InstanceId { get; init; }

    public string? RackId { get; set; }

    public string ClientId { get; set; } = "";

    public string ClientHost { get; set; } = "";

    public int RebalanceTimeoutMs { get; set; }

    /// <summary>In order.</summary>
    public IReadOnlyList<string> SubscribedTopicNames { get; set; } = [];

    /// <summary>Null or empty: none.</summary>
    public string? SubscribedTopicRegex { get; set; }

    /// <summary>The assignor that it prefers; null: any.</summary>
    public string? ServerAssignor { get; set; }

    public int Epoch { get; set; }

    public int PreviousEpoch { get; set; }

    public ConsumerMemberState State { get; set; }

    /// <summary>What it may consume from.</summary>
    public IReadOnlySet<AssignedPartition> Assigned { get; set; } = NoPartitions;

    /// <summary>What it was asked to give back and still has.</summary>
    public IReadOnlySet<AssignedPartition> PendingRevocation { get; set; } = NoPartitions;

    /// <summary>What it is to have in the group's epoch.</summary>
    public IReadOnlySet<AssignedPartition> Target { get; set; } = NoPartitions;

    /// <summary>Where it speaks the classic protocol.</summary>
    public ClassicMember? Classic { get; set; }

    /// <summary>When it is taken to be gone, on the groups' clock.</summary>
    public long ExpiresAtMs { get; set; } = GroupClock.Never;

    /// <summary>By when it must have given back what it was asked for, on the groups' clock.</summary>
    public long RevocationDueAtMs { get; set; } = GroupClock.Never;

    public bool HasLeftForAWhile => Epoch == LeftForAWhile;

    /// <summary>The first moment at which something is due.</summary>
    public long NextDeadlineMs => Math.Min(Math.Min(ExpiresAtMs, RevocationDueAtMs), Classic?.NextDeadlineMs ?? GroupClock.Never);

    /// <summary>Takes another's place, with what that one had, as somebody who has just come.</summary>
    public static ConsumerGroupMember Replacing(ConsumerGroupMember predecessor, string memberId) => new()
    {
        Id = memberId,
        InstanceId = predecessor.InstanceId,
        RackId = predecessor.RackId,
        RebalanceTimeoutMs = predecessor.RebalanceTimeoutMs,
        SubscribedTopicNames = predecessor.SubscribedTopicNames,
        SubscribedTopicRegex = predecessor.SubscribedTopicRegex,
        ServerAssignor = predecessor.ServerAssignor,
        Assigned = predecessor.Assigned,
        Target = predecessor.Target,
    };
}
