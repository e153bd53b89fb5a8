namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// Gives each member a run of neighbouring partitions of each topic, the same run for topics that have as many partitions and
/// the same subscribers: what joins of such topics need.
/// </summary>
internal sealed class RangeAssignor : IConsumerAssignor
{
    /// <inheritdoc/>
    public string Name => "range";

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlySet<AssignedPartition>> Assign(IReadOnlyList<AssignorMember> members, IReadOnlyList<AssignorTopic> topics)
    {
        var assigned = members.Select(_ => new HashSet<AssignedPartition>()).ToList();
        foreach (var topic in topics)
        {
            var subscribers = Enumerable.Range(0, members.Count).Where(member => members[member].Topics.Contains(topic.Id)).ToList();
            var first = 0;
            for (var i = 0; i < subscribers.Count; i++)
            {
                var count = (topic.PartitionCount / subscribers.Count) + (i < topic.PartitionCount % subscribers.Count ? 1 : 0);
                assigned[subscribers[i]].UnionWith(Enumerable.Range(first, count).Select(partition => new AssignedPartition(topic.Id, partition)));
                first += count;
            }
        }

        return assigned;
    }
}
