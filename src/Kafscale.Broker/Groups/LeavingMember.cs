namespace Kafscale.Broker.Groups;

/// <summary>A member that leaves, named by its id, or by its instance id alone where somebody else removes it.</summary>
internal readonly record struct LeavingMember(string MemberId, string? InstanceId, string? Reason);
