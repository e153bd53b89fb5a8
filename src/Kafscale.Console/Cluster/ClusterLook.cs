using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;
using Kafscale.Clients.Groups;
using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at a cluster once: brokers, topics with their offsets, groups with their lag.</summary>
internal sealed class ClusterLook(BrokerMeters meters, TopicSizes sizes, TimeProvider timeProvider)
{
    // Of many groups, those whose lag was looked at longest ago have their turn.
    private const int MaxGroupsPerLook = 100;
    private const int GroupsAtATime = 16;

    private readonly Dictionary<string, (long Look, IReadOnlyDictionary<string, long> ByTopic)> _lags = [];
    private long _look;

    /// <summary>Looks.</summary>
    /// <param name="before">What was seen before, for rates.</param>
    /// <param name="connection">To whom.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<ClusterSnapshot> TakeAsync(ClusterSnapshot before, ClusterConnection connection, CancellationToken cancellationToken) =>
        connection.AskAsync(client => TakeAsync(before, client, cancellationToken), cancellationToken);

    /// <summary>What charts show of a snapshot.</summary>
    public static HistoryPoint PointOf(ClusterSnapshot snapshot)
    {
        var rates = snapshot.Rates;
        double? Known(double value) => rates.IsKnown ? value : null;
        return new HistoryPoint(
            snapshot.At!.Value,
            Known(rates.BytesInPerSecond),
            Known(rates.BytesOutPerSecond),
            rates.ProduceLatency.Quantile(0.5),
            rates.ProduceLatency.Quantile(0.99),
            snapshot.Groups.Sum(group => group.Lag ?? 0),
            Known(rates.CostDollarsPerHour),
            Known(rates.ObjectStorePerSecond.Values.Sum()),
            rates.ObjectStoreLatency.Quantile(0.99),
            WorstOf(snapshot));
    }

    private static string? WorstOf(ClusterSnapshot snapshot)
    {
        var states = snapshot.Brokers.Select(broker => broker.Status?.ObjectStore.State).OfType<string>().ToHashSet();
        return states.Contains("unavailable") ? "unavailable" : states.Contains("degraded") ? "degraded" : states.FirstOrDefault();
    }

    private async Task<ClusterSnapshot> TakeAsync(ClusterSnapshot before, KafkaClient client, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        var cluster = await client.DescribeClusterAsync(cancellationToken);
        var http = meters.LookAsync(cluster.Nodes.Select(node => node.Host), cancellationToken);
        var catalog = new TopicCatalog(client);
        var described = catalog.List(withInternal: true);
        var at = timeProvider.GetUtcNow();
        var (starts, ends) = await FindOffsetsAsync(catalog, described, cancellationToken);
        var groups = await new GroupClient(client).ListAsync([], [], cancellationToken);
        var lags = await FindLagsAsync(client, groups, ends, cancellationToken);
        var looks = await http;
        var storage = await sizes.GetAsync(looks.Values.Select(look => look.Address), cancellationToken);
        var rates = looks.Values.Select(look => look.Rates).OfType<BrokerRates>().ToList();
        var seconds = before.At is { } last ? (at - last).TotalSeconds : 0;
        var bytesIn = SumByTopic(rates, broker => broker.TopicBytesIn);
        var bytesOut = SumByTopic(rates, broker => broker.TopicBytesOut);
        var topics = described.Select(topic =>
        {
            var partitions = topic.Partitions.OrderBy(partition => partition.PartitionId).Select(partition =>
            {
                var key = new TopicPartition(topic.Topic, partition.PartitionId);
                return new PartitionSummary(
                    partition.PartitionId,
                    partition.Leader < 0 ? null : partition.Leader,
                    starts.TryGetValue(key, out var start) ? start : null,
                    ends.TryGetValue(key, out var end) ? end : null);
            }).ToList();
            return new TopicSummary(
                topic.Topic,
                partitions,
                RateOf(before.FindTopic(topic.Topic), partitions, seconds),
                bytesIn.TryGetValue(topic.Topic, out var came) ? came : rates.Count > 0 ? 0 : null,
                bytesOut.TryGetValue(topic.Topic, out var went) ? went : rates.Count > 0 ? 0 : null,
                storage.GetValueOrDefault(topic.Topic));
        }).ToList();
        var led = described.SelectMany(topic => topic.Partitions).GroupBy(partition => partition.Leader).ToDictionary(group => group.Key, group => group.Count());
        var controller = looks.Values.Select(look => look.Status!.ControllerId).FirstOrDefault(id => id is not null) ?? cluster.Controller?.Id;
        return new ClusterSnapshot
        {
            At = at,
            ClusterId = cluster.ClusterId,
            Brokers =
            [
                .. cluster.Nodes.OrderBy(node => node.Id).Select(node => new BrokerSummary(
                    node.Id,
                    node.Host,
                    node.Port,
                    node.Rack ?? "",
                    led.GetValueOrDefault(node.Id),
                    node.Id == controller,
                    looks.GetValueOrDefault(node.Id)?.Address,
                    looks.GetValueOrDefault(node.Id)?.Status,
                    looks.GetValueOrDefault(node.Id)?.Rates)),
            ],
            Gone = GoneBroker.Find(before, cluster.Nodes.Select(node => node.Id).ToHashSet(), at),
            Topics = topics,
            Groups = [.. groups.Select(group => new GroupSummary(
                group.GroupId,
                group.State,
                group.Type,
                lags.TryGetValue(group.GroupId, out var lag) ? lag.ByTopic : null))],
            Rates = ClusterRates.Sum(rates),
            Duration = timeProvider.GetElapsedTime(started),
        };
    }

    private static Dictionary<string, double> SumByTopic(
        List<BrokerRates> brokers, Func<BrokerRates, IReadOnlyDictionary<string, double>> bytesOf)
    {
        var sums = new Dictionary<string, double>();
        foreach (var broker in brokers.Where(broker => broker.Seconds > 0))
        {
            foreach (var (topic, bytes) in bytesOf(broker))
            {
                sums[topic] = sums.GetValueOrDefault(topic) + (bytes / broker.Seconds);
            }
        }

        return sums;
    }

    private static double? RateOf(TopicSummary? before, List<PartitionSummary> partitions, double seconds)
    {
        if (before is null || seconds <= 0)
        {
            return null;
        }

        var earlier = before.Partitions.ToDictionary(partition => partition.Number, partition => partition.End);
        return partitions.Sum(partition => Math.Max(0, (partition.End - (earlier.GetValueOrDefault(partition.Number) ?? partition.End)) ?? 0)) / seconds;
    }

    // Partitions that do not answer now are left out; lists say so of each.
    private static async Task<(Dictionary<TopicPartition, long> Starts, Dictionary<TopicPartition, long> Ends)> FindOffsetsAsync(
        TopicCatalog catalog, IReadOnlyList<TopicMetadata> topics, CancellationToken cancellationToken)
    {
        var led = topics.SelectMany(topic => topic.Partitions.Where(partition => partition.Leader >= 0)
            .Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))).ToList();
        var starts = catalog.FindKnownOffsetsAsync(led, OffsetSpec.Earliest(), cancellationToken);
        var ends = catalog.FindKnownOffsetsAsync(led, OffsetSpec.Latest(), cancellationToken);
        return (await starts, await ends);
    }

    private async Task<Dictionary<string, (long Look, IReadOnlyDictionary<string, long> ByTopic)>> FindLagsAsync(
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

        return _lags;
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
