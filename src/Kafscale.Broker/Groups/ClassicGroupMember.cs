namespace Kafscale.Broker.Groups;

/// <summary>One member of a <see cref="ClassicGroup"/>, which owns it.</summary>
internal sealed class ClassicGroupMember
{
    public required string Id { get; init; }

    public required string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required int SessionTimeoutMs { get; set; }

    public required int RebalanceTimeoutMs { get; set; }

    /// <summary>In order of preference.</summary>
    public required IReadOnlyList<GroupProtocol> Protocols { get; set; }

    public ReadOnlyMemory<byte> Assignment { get; set; }

    /// <summary>It has never had the answer to a JoinGroup, so its client may not know that it is a member.</summary>
    public bool IsNew { get; set; }

    /// <summary>It joined with the id that it was given before.</summary>
    public bool KnowsItsId { get; set; }

    /// <summary>When it is taken to be gone, on the groups' clock.</summary>
    public long ExpiresAtMs { get; set; } = GroupClock.Never;

    public TaskCompletionSource<JoinGroupResult>? AwaitingJoin { get; set; }

    public TaskCompletionSource<SyncGroupResult>? AwaitingSync { get; set; }

    public bool IsStatic => InstanceId is not null;

    public bool Supports(string protocolName)
    {
        foreach (var protocol in Protocols)
        {
            if (protocol.Name == protocolName)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What the member says about itself for a protocol; nothing where it does not know that one.</summary>
    public ReadOnlyMemory<byte> Metadata(string? protocolName)
    {
        foreach (var protocol in Protocols)
        {
            if (protocol.Name == protocolName)
            {
                return protocol.Metadata;
            }
        }

        return default;
    }

    /// <summary>Whether it would join with exactly what it has already said.</summary>
    public bool Matches(IReadOnlyList<GroupProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count)
        {
            return false;
        }

        for (var i = 0; i < protocols.Count; i++)
        {
            if (!protocols[i].Matches(Protocols[i]))
            {
                return false;
            }
        }

        return true;
    }
}
