using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>What a cluster tells of its topics.</summary>
internal sealed class TopicCatalog(KafkaClient client)
{
    private const string InternalPrefix = "__";

    /// <summary>All topics in the order of their names.</summary>
    /// <param name="withInternal">Also those that are the cluster's own.</param>
    /// <remarks>Blocks: the library has nothing else for it. That is short where a broker has answered already.</remarks>
    public IReadOnlyList<TopicMetadata> List(bool withInternal) =>
    [
        .. client.Admin.GetMetadata(client.Timeout).Topics
            .Where(topic => withInternal || !topic.Topic.StartsWith(InternalPrefix, StringComparison.Ordinal))
            .OrderBy(topic => topic.Topic, StringComparer.Ordinal),
    ];

    /// <summary>Topics with their partitions, in the order in which they are named.</summary>
    /// <exception cref="CommandFailedException">One does not exist.</exception>
    public async Task<IReadOnlyList<TopicDescription>> DescribeAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var wanted = names.Distinct().ToList();
        try
        {
            var result = await client.AskAsync(
                client.Admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(wanted), new DescribeTopicsOptions { RequestTimeout = client.Timeout }), cancellationToken);
            return [.. result.TopicDescriptions.OrderBy(topic => wanted.IndexOf(topic.Name))];
        }
        catch (DescribeTopicsException e) when (e.Results.TopicDescriptions.Find(topic => topic.Error.Code == ErrorCode.UnknownTopicOrPart) is { } unknown)
        {
            throw new CommandFailedException($"There is no topic {unknown.Name}: 'kafscale topic list' shows those that there are.");
        }
    }

    /// <summary>The partitions that are meant by arguments as <c>orders</c> and <c>orders:0,3</c>.</summary>
    /// <exception cref="CommandFailedException">A topic or a partition does not exist.</exception>
    public async Task<IReadOnlyList<TopicPartition>> FindPartitionsAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var named = arguments.Select(TopicArgument.Parse).ToList();
        var topics = (await DescribeAsync(named.Select(argument => argument.Topic), cancellationToken)).ToDictionary(topic => topic.Name);
        var found = new List<TopicPartition>();
        foreach (var (topic, partitions) in named)
        {
            var existing = topics[topic].Partitions.Select(partition => partition.Partition).Order().ToList();
            found.AddRange((partitions ?? existing).Select(partition => existing.Contains(partition)
                ? new TopicPartition(topic, partition)
                : throw new CommandFailedException($"Topic {topic} has no partition {partition}: it has {existing.Count}, from 0 on.")));
        }

        return [.. found.Distinct()];
    }

    /// <summary>An offset of each partition.</summary>
    /// <param name="partitions">Each once.</param>
    /// <param name="position">Which one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>-1 where a time is asked for and no record is as young as that.</returns>
    public async Task<Dictionary<TopicPartition, long>> FindOffsetsAsync(
        IReadOnlyCollection<TopicPartition> partitions, OffsetSpec position, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0)
        {
            return [];
        }

        var result = await client.AskLeadersAsync(() => ListOffsetsAsync(partitions, position), cancellationToken);
        return OffsetsOf(result.ResultInfos);
    }

    /// <summary>An offset of each partition that answers now; asked once, and others are left out.</summary>
    /// <inheritdoc cref="FindOffsetsAsync"/>
    public async Task<Dictionary<TopicPartition, long>> FindKnownOffsetsAsync(
        IReadOnlyCollection<TopicPartition> partitions, OffsetSpec position, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0)
        {
            return [];
        }

        try
        {
            var result = await client.AskAsync(ListOffsetsAsync(partitions, position), cancellationToken);
            return OffsetsOf(result.ResultInfos);
        }
        catch (ListOffsetsException e)
        {
            return OffsetsOf(e.Result.ResultInfos.Where(info => !info.TopicPartitionOffsetError.Error.IsError));
        }
    }

    private static Dictionary<TopicPartition, long> OffsetsOf(IEnumerable<ListOffsetsResultInfo> infos) =>
        infos.Select(info => info.TopicPartitionOffsetError).ToDictionary(offset => offset.TopicPartition, offset => offset.Offset.Value);

    private Task<ListOffsetsResult> ListOffsetsAsync(IEnumerable<TopicPartition> partitions, OffsetSpec position) => client.Admin.ListOffsetsAsync(
        partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = position }),
        new ListOffsetsOptions { RequestTimeout = client.Timeout });
}
