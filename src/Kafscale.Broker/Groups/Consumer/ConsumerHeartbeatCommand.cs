namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A ConsumerGroupHeartbeat request, as the group sees it. What is null has not changed.</summary>
internal sealed record ConsumerHeartbeatCommand
{
    public const int Joining = 0;
    public const int Leaving = -1;
    public const int LeavingForAWhile = ConsumerGroupMember.LeftForAWhile;

    public required string MemberId { get; init; }

    /// <summary>What the member was told last, or one of the constants.</summary>
    public required int MemberEpoch { get; init; }

    public string? InstanceId { get; init; }

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    public int? RebalanceTimeoutMs { get; init; }

    public IReadOnlyList<string>? SubscribedTopicNames { get; init; }

    public string? SubscribedTopicRegex { get; init; }

    public string? ServerAssignor { get; init; }

    /// <summary>What the member has.</summary>
    public IReadOnlySet<AssignedPartition>? Owned { get; init; }

    /// <summary>The member says all that there is to say, as it does after an error: so it is told its whole assignment.</summary>
    public bool IsFull =>
        MemberEpoch == Joining
        || (RebalanceTimeoutMs is not null && (SubscribedTopicNames is not null || SubscribedTopicRegex is not null) && Owned is not null);
}
