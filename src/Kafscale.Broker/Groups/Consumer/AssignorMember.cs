namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A member as assignors see it.</summary>
/// <param name="Id">The member's id, or the instance's where it is static: what it keeps over restarts.</param>
/// <param name="RackId">Null where it does not say.</param>
/// <param name="Topics">What it subscribes to, and exists.</param>
/// <param name="Current">What it was to have before.</param>
internal sealed record AssignorMember(string Id, string? RackId, IReadOnlySet<Guid> Topics, IReadOnlySet<AssignedPartition> Current);
