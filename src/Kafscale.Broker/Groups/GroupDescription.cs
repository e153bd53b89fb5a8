namespace Kafscale.Broker.Groups;

/// <summary>A group at one moment, for those who look at it from outside.</summary>
internal sealed record GroupDescription
{
    public required string GroupId { get; init; }

    public required ClassicGroupState State { get; init; }

    /// <summary>Empty where the group never had a member.</summary>
    public required string ProtocolType { get; init; }

    /// <summary>Empty but in a stable generation.</summary>
    public required string ProtocolName { get; init; }

    public required IReadOnlyList<DescribedMember> Members { get; init; }

    public static GroupDescription Of(ClassicGroup group)
    {
        // Between two generations nothing certain can be said of what the members do.
        var isStable = group.State == ClassicGroupState.Stable;
        return new GroupDescription
        {
            GroupId = group.GroupId,
            State = group.State,
            ProtocolType = group.ProtocolType ?? "",
            ProtocolName = isStable ? group.ProtocolName ?? "" : "",
            Members = [.. group.Members.Select(member => new DescribedMember(
                member.Id,
                member.InstanceId,
                member.ClientId,
                member.ClientHost,
                isStable ? member.Metadata(group.ProtocolName) : default,
                isStable ? member.Assignment : default))],
        };
    }
}
