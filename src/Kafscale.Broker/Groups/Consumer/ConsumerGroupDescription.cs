namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A group of the consumer protocol at one moment, for those who look at it from outside.</summary>
internal sealed record ConsumerGroupDescription
{
    public required string GroupId { get; init; }

    public required bool IsDead { get; init; }

    public required string State { get; init; }

    public required int Epoch { get; init; }

    public required int AssignmentEpoch { get; init; }

    public required string AssignorName { get; init; }

    public required IReadOnlyList<DescribedConsumerMember> Members { get; init; }

    public static ConsumerGroupDescription Of(ConsumerGroup group) => new()
    {
        GroupId = group.GroupId,
        IsDead = group.IsDead,
        State = group.StateName,
        Epoch = group.Epoch,
        AssignmentEpoch = group.AssignmentEpoch,
        AssignorName = group.Assignor.Name,
        Members = [.. group.Members.Select(member => new DescribedConsumerMember(
            member.Id,
            member.InstanceId,
            member.RackId,
            member.Epoch,
            member.ClientId,
            member.ClientHost,
            member.SubscribedTopicNames,
            member.SubscribedTopicRegex,
            member.Assigned,
            member.Target,
            member.Classic is not null))],
    };
}
