namespace Kafscale.Broker.Groups.Consumer;

/// <summary>What a group of the consumer protocol keeps of a member that speaks the classic protocol.</summary>
internal sealed class ClassicMember
{
    public required int SessionTimeoutMs { get; init; }

    /// <summary>In order of preference; at least one.</summary>
    public required IReadOnlyList<GroupProtocol> Protocols { get; init; }

    /// <summary>By when it must have joined again, since it was told to; on the groups' clock.</summary>
    public long JoinDueAtMs { get; set; } = GroupClock.Never;

    /// <summary>By when it must have asked for its assignment; on the groups' clock.</summary>
    public long SyncDueAtMs { get; set; } = GroupClock.Never;

    public long NextDeadlineMs => Math.Min(JoinDueAtMs, SyncDueAtMs);

    /// <summary>The protocol that the member is told was chosen: its own first one, because nobody else has a say in it.</summary>
    public string ProtocolName => Protocols[0].Name;
}
