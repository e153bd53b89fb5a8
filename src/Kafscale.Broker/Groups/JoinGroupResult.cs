using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <summary>What a JoinGroup request is answered with.</summary>
internal sealed record JoinGroupResult
{
    public ErrorCode Error { get; init; }

    public required string MemberId { get; init; }

    public int Generation { get; init; } = -1;

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public string Leader { get; init; } = "";

    /// <summary>The member leads, but the assignment that exists stays (KIP-814).</summary>
    public bool SkipAssignment { get; init; }

    /// <summary>All members for the leader, none for the others.</summary>
    public IReadOnlyList<JoinedMember> Members { get; init; } = [];

    public static JoinGroupResult Failed(string memberId, ErrorCode error) => new() { Error = error, MemberId = memberId };
}
