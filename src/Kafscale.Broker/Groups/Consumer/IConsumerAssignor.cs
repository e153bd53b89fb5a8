namespace Kafscale.Broker.Groups.Consumer;

/// <summary>Shares partitions out among members. Always gives the same for the same.</summary>
internal interface IConsumerAssignor
{
    /// <summary>As members name it.</summary>
    string Name { get; }

    /// <summary>Gives every partition of every topic to one of the members that subscribe to the topic, if there are any.</summary>
    /// <param name="members">In the order of their ids.</param>
    /// <param name="topics">Those that anybody subscribes to.</param>
    /// <returns>The partitions of each member, in the members' order.</returns>
    IReadOnlyList<IReadOnlySet<AssignedPartition>> Assign(IReadOnlyList<AssignorMember> members, IReadOnlyList<AssignorTopic> topics);
}
