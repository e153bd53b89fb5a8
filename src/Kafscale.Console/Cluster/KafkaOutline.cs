using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;
using Kafscale.Clients.Groups;
using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Finds what there is in a cluster by Kafka's protocol alone: brokers that are not of Kafscale, or do not answer over HTTP.</summary>
internal sealed class KafkaOutline(ClusterConnection connection)
{
    // Of many groups, those whose lag was looked at longest ago have their turn.
    private const int MaxGroupsPerLook = 100;
    private const int GroupsAtATime = 16;

    private readonly Dictionary<string, (long Look, IReadOnlyDictionary<string, long> ByTopic)> _lags = [];
    private long _look;

    /// <summary>Looks.</summary>
    /// <exception cref="CommandFailedException">No broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public Task<ClusterOutline> FindAsync(CancellationToken cancellationToken) => connection.AskAsync(client => FindAsync(client, cancellationToken), cancellationToken);

    private async Task<ClusterOutline> FindAsync(KafkaClient client, CancellationToken cancellationToken)
    {
        var cluster = await client.DescribeClusterAsync(cancellationToken);
        var catalog = new TopicCatalog(client);
        var topics = catalog.List(withInternal: true);
        var led = topics.SelectMany(topic => topic.Partitions.Where(partition => partition.Leader >= 0)
            .Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))).ToList();
        var starts = await catalog.FindKnownOffsetsAsync(led, OffsetSpec.Earliest(), cancellationToken);
        var ends = await catalog.FindKnownOffsetsAsync(led, OffsetSpec.Latest(), cancellationToken);
        var groups = await new GroupClient(client).ListAsync([], [], cancellationToken);
        await FindLagsAsync(client, groups, ends, cancellationToken);
        return new ClusterOutline(
            cluster.ClusterId,
            cluster.Controller?.Id,
            [.. cluster.Nodes.Select(node => new LiveBroker(node.Id, node.Host, node.Port, node.Rack ?? ""))],
            [.. topics.Select(topic => (topic.Topic, PartitionsOf(topic, starts, ends), (TopicStorage?)null))],
            [.. groups.Select(group => new GroupSummary(group.GroupId, group.State, group.Type, _lags.TryGetValue(group.GroupId, out var lag) ? lag.ByTopic : null))]);
    }

    private static IReadOnlyList<PartitionSummary> PartitionsOf(TopicMetadata topic, Dictionary<TopicPartition, long> starts, Dictionary<TopicPartition, long> ends) =>
    [
        .. topic.Partitions.OrderBy(partition => partition.PartitionId).Select(partition =>
        {
            var key = new TopicPartition(topic.Topic, partition.PartitionId);
            return new PartitionSummary(
                partition.PartitionId,
                partition.Leader < 0 ? null : partition.Leader,
                starts.TryGetValue(key, out var start) ? start : null,
                ends.TryGetValue(key, out var end) ? end : null);
        }),
    ];

    private async Task FindLagsAsync(
        KafkaClient client, IReadOnlyList<ConsumerGroupListing> groups, Dictionary<TopicPartition, long> ends, CancellationToken cancellationToken)
    {
        _look++;
        var present = groups.Select(group => group.GroupId).ToHashSet();
        foreach (var gone in _lags.Keys.Where(id => !present.Contains(id)).ToList())
        {
            _lags.Remove(gone);
        }

        var turn = groups.OrderBy(group => _lags.TryGetValue(group.GroupId, out var lag) ? lag.Look : 0).Take(MaxGroupsPerLook).Chunk(GroupsAtATime);
        var catalog = new GroupClient(client);
        foreach (var chunk in turn)
        {
            var found = await Task.WhenAll(chunk.Select(group => FindCommittedAsync(catalog, group.GroupId, cancellationToken)));
            foreach (var (group, committed) in chunk.Zip(found))
            {
                if (committed is not null)
                {
                    _lags[group.GroupId] = (
                        _look,
                        committed.GroupBy(offset => offset.Key.Topic).ToDictionary(
                            topic => topic.Key,
                            topic => topic.Sum(offset => ends.TryGetValue(offset.Key, out var end) ? Math.Max(0, end - offset.Value) : 0)));
                }
            }
        }
    }

    // One group that does not answer, or is just being deleted, does not hide the others.
    private static async Task<Dictionary<TopicPartition, long>?> FindCommittedAsync(GroupClient groups, string groupId, CancellationToken cancellationToken)
    {
        try
        {
            return await groups.FindCommittedAsync(groupId, cancellationToken);
        }
        catch (KafkaException)
        {
            return null;
        }
    }
}
