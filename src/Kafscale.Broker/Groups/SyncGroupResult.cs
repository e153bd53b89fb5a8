using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <summary>What a SyncGroup request is answered with.</summary>
internal sealed record SyncGroupResult
{
    public ErrorCode Error { get; init; }

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public ReadOnlyMemory<byte> Assignment { get; init; }

    public static SyncGroupResult Failed(ErrorCode error) => new() { Error = error };
}
