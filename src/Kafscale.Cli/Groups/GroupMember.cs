namespace Kafscale.Cli.Groups;

/// <summary>A member of a group.</summary>
/// <param name="Epoch">Null in the classic protocol.</param>
/// <param name="Assigned">Topics with partitions.</param>
internal sealed record GroupMember(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string Host,
    int? Epoch,
    string Protocol,
    IReadOnlyList<(string Topic, int Partition)> Assigned);
