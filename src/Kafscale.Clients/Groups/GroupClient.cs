using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients.Groups;

/// <summary>What there is to know and to do about consumer groups, of either protocol.</summary>
internal sealed class GroupClient(KafkaClient client)
{
    /// <summary>Groups in the order of their ids; empty filters let everything pass.</summary>
    public async Task<IReadOnlyList<ConsumerGroupListing>> ListAsync(
        IEnumerable<ConsumerGroupState> states, IEnumerable<ConsumerGroupType> types, CancellationToken cancellationToken)
    {
        // Not this request's own timeout, at which the library crashes.
        var options = new ListConsumerGroupsOptions { RequestTimeout = client.Timeout * 2, MatchStates = [.. states], MatchTypes = [.. types] };
        var result = await client.AskAsync(client.Admin.ListConsumerGroupsAsync(options), cancellationToken);

        // One that moves meanwhile may be listed by two brokers.
        return [.. result.Valid.DistinctBy(group => group.GroupId).OrderBy(group => group.GroupId, StringComparer.Ordinal)];
    }

    /// <summary>A group with its members.</summary>
    /// <exception cref="CommandFailedException">There is no such group.</exception>
    public async Task<ConsumerGroupDescription> DescribeAsync(string groupId, CancellationToken cancellationToken)
    {
        var options = new DescribeConsumerGroupsOptions { RequestTimeout = client.Timeout };
        try
        {
            var group = (await client.AskAsync(client.Admin.DescribeConsumerGroupsAsync([groupId], options), cancellationToken)).ConsumerGroupDescriptions[0];
            // Brokers of before KIP-1043 describe a group that does not exist as one that is dead.
            return group.State == ConsumerGroupState.Dead ? throw NotFound(groupId) : group;
        }
        catch (DescribeConsumerGroupsException e) when (ErrorExplanation.ErrorOf(e).Code == ErrorCode.GroupIdNotFound)
        {
            throw NotFound(groupId);
        }
    }

    /// <summary>How far a group is: the partitions that it has committed for, and those that its members have.</summary>
    public async Task<IReadOnlyList<GroupPartition>> FindLagAsync(ConsumerGroupDescription group, CancellationToken cancellationToken)
    {
        var committed = await FindCommittedAsync(group.GroupId, cancellationToken);
        var owners = new Dictionary<TopicPartition, MemberDescription>();
        foreach (var member in group.Members)
        {
            foreach (var partition in member.Assignment.TopicPartitions)
            {
                owners[partition] = member;
            }
        }

        var partitions = InOrder(committed.Keys.Union(owners.Keys));
        var ends = await new TopicCatalog(client).FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        return
        [
            .. partitions.Select(partition => new GroupPartition(
                partition, committed.TryGetValue(partition, out var offset) ? offset : null, ends[partition], owners.GetValueOrDefault(partition))),
        ];
    }

    /// <summary>All offsets that are committed.</summary>
    public async Task<Dictionary<TopicPartition, long>> FindCommittedAsync(string groupId, CancellationToken cancellationToken)
    {
        var result = await client.AskAsync(
            client.Admin.ListConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitions(groupId, null)], new ListConsumerGroupOffsetsOptions { RequestTimeout = client.Timeout }),
            cancellationToken);
        return result[0].Partitions.Where(partition => partition.Offset.Value >= 0)
            .ToDictionary(partition => partition.TopicPartition, partition => partition.Offset.Value);
    }

    /// <summary>Sets offsets of a group without members.</summary>
    /// <exception cref="KafkaException">It has members, or a partition does not exist.</exception>
    public Task CommitAsync(string groupId, IReadOnlyDictionary<TopicPartition, long> offsets, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.AlterConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitionOffsets(groupId, [.. offsets.Select(offset => new TopicPartitionOffset(offset.Key, offset.Value))])],
            new AlterConsumerGroupOffsetsOptions { RequestTimeout = client.Timeout }),
        cancellationToken);

    /// <summary>Deletes a group without members, with its offsets.</summary>
    public Task DeleteAsync(string groupId, CancellationToken cancellationToken) =>
        client.AskAsync(client.Admin.DeleteGroupsAsync([groupId], new DeleteGroupsOptions { RequestTimeout = client.Timeout }), cancellationToken);

    /// <summary>Deletes offsets of topics that nobody in the group consumes from.</summary>
    public Task DeleteOffsetsAsync(string groupId, IEnumerable<TopicPartition> partitions, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.DeleteConsumerGroupOffsetsAsync(groupId, partitions, new DeleteConsumerGroupOffsetsOptions { RequestTimeout = client.Timeout }),
        cancellationToken);

    /// <summary>Partitions as they are shown.</summary>
    public static IReadOnlyList<TopicPartition> InOrder(IEnumerable<TopicPartition> partitions) =>
        [.. partitions.OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition.Value)];

    private static CommandFailedException NotFound(string groupId) =>
        new($"There is no such group as {groupId}: 'kafscale group list' shows those that there are.");
}
