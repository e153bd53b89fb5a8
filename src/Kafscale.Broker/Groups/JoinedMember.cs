namespace Kafscale.Broker.Groups;

/// <summary>What the leader is told of a member.</summary>
internal readonly record struct JoinedMember(string MemberId, string? InstanceId, ReadOnlyMemory<byte> Metadata);
