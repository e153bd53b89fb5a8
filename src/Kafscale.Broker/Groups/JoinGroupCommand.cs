namespace Kafscale.Broker.Groups;

/// <summary>A JoinGroup request, as the group sees it.</summary>
internal sealed record JoinGroupCommand
{
    /// <summary>Empty where the member does not have one yet.</summary>
    public required string MemberId { get; init; }

    /// <summary>The id that a member without one is given.</summary>
    public required string NewMemberId { get; init; }

    /// <summary>The name that a static member keeps over restarts (KIP-345).</summary>
    public string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required int SessionTimeoutMs { get; init; }

    public required int RebalanceTimeoutMs { get; init; }

    public required string ProtocolType { get; init; }

    /// <summary>In the member's order of preference.</summary>
    public required IReadOnlyList<GroupProtocol> Protocols { get; init; }

    /// <summary>Why the client joins, in its own words (KIP-800).</summary>
    public string? Reason { get; init; }

    /// <summary>The client understands MEMBER_ID_REQUIRED (KIP-394).</summary>
    public bool RequiresKnownMemberId { get; init; }

    /// <summary>The client understands that it leads but must not assign (KIP-814).</summary>
    public bool SupportsSkippingAssignment { get; init; }
}
