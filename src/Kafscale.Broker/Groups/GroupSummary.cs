namespace Kafscale.Broker.Groups;

/// <summary>What a group is like at a moment.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TypeName">Which protocol its members speak, as ListGroups names it.</param>
/// <param name="StateName">As ListGroups names it.</param>
/// <param name="MemberCount">How many members it has.</param>
/// <param name="Offsets">What it has committed.</param>
internal sealed record GroupSummary(string Id, string TypeName, string StateName, int MemberCount, IReadOnlyList<(OffsetKey Key, long Offset)> Offsets);
