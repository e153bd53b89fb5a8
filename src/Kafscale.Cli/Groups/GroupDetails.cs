namespace Kafscale.Cli.Groups;

/// <summary>A group with its members.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Type">Classic or consumer.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Assignor">Who assigns: a protocol of the members, or the coordinator's assignor.</param>
/// <param name="Epoch">Null in the classic protocol.</param>
/// <param name="Members">Empty where it has none.</param>
internal sealed record GroupDetails(string GroupId, string Type, string State, string Assignor, int? Epoch, IReadOnlyList<GroupMember> Members);
