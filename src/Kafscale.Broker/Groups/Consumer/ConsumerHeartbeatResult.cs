using Kafscale.Protocol;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>What a ConsumerGroupHeartbeat request is answered with.</summary>
internal sealed record ConsumerHeartbeatResult
{
    public ErrorCode Error { get; init; }

    public string? ErrorMessage { get; init; }

    public string? MemberId { get; init; }

    public int MemberEpoch { get; init; }

    /// <summary>What the member may consume from; null where that has not changed.</summary>
    public IReadOnlySet<AssignedPartition>? Assignment { get; init; }

    public static ConsumerHeartbeatResult Failed(ErrorCode error, string message) => new() { Error = error, ErrorMessage = message };
}
