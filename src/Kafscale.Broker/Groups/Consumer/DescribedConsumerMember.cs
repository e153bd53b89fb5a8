namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A member as ConsumerGroupDescribe shows it.</summary>
internal sealed record DescribedConsumerMember(
    string MemberId,
    string? InstanceId,
    string? RackId,
    int MemberEpoch,
    string ClientId,
    string ClientHost,
    IReadOnlyList<string> SubscribedTopicNames,
    string? SubscribedTopicRegex,
    IReadOnlySet<AssignedPartition> Assigned,
    IReadOnlySet<AssignedPartition> Target,
    bool IsClassic);
