using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>A state of a group that must be durable, and what follows once it is.</summary>
internal sealed record GroupChange
{
    public required GroupRecord Record { get; init; }

    /// <summary>The leader's assignment, which the members get when it is durable.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Assignments { get; init; }

    /// <summary>A static member that took its predecessor's place, which it is told when that is durable.</summary>
    public string? ReplacementId { get; init; }

    /// <summary>What the replacement is told.</summary>
    public JoinGroupResult? ReplacementResult { get; init; }

    /// <summary>When those who wait for it give up, on the groups' clock.</summary>
    public long DeadlineMs { get; init; }

    public int Generation => Record.Generation;
}
