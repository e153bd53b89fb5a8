namespace Kafscale.Broker.Groups;

/// <summary>A SyncGroup request, as the group sees it.</summary>
internal sealed record SyncGroupCommand
{
    public required string MemberId { get; init; }

    public required int Generation { get; init; }

    public string? InstanceId { get; init; }

    /// <summary>What the member takes the group's protocol type to be, where the version carries it.</summary>
    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    /// <summary>By member id; only the leader's counts.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Assignments { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}
