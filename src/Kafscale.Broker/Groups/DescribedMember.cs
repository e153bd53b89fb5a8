namespace Kafscale.Broker.Groups;

/// <summary>A member as DescribeGroups shows it.</summary>
internal sealed record DescribedMember(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    ReadOnlyMemory<byte> Metadata,
    ReadOnlyMemory<byte> Assignment);
