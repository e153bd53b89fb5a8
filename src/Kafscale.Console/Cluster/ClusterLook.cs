using Kafscale.Clients;
using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at a cluster once: brokers, topics with their offsets, groups with their lag.</summary>
internal sealed class ClusterLook(BrokerMeters meters, HttpOutline overHttp, KafkaOutline byKafka, ClusterConnection connection, TimeProvider timeProvider)
{
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

    /// <summary>Looks.</summary>
    /// <param name="before">What was seen before, for rates.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandFailedException">No broker answers, neither over HTTP nor by Kafka's protocol.</exception>
    public async Task<ClusterSnapshot> TakeAsync(ClusterSnapshot before, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        var looks = await meters.LookAsync([.. before.Brokers.Select(broker => broker.Host)], cancellationToken);
        var outline = await overHttp.FindAsync(looks.Values, before, cancellationToken) ?? await byKafka.FindAsync(cancellationToken);
        var at = timeProvider.GetUtcNow();
        var rates = looks.Values.Select(look => look.Rates).OfType<BrokerRates>().ToList();
        var seconds = before.At is { } last ? (at - last).TotalSeconds : 0;
        var bytesIn = SumByTopic(rates, broker => broker.TopicBytesIn);
        var bytesOut = SumByTopic(rates, broker => broker.TopicBytesOut);
        var led = outline.Topics.SelectMany(topic => topic.Partitions).GroupBy(partition => partition.Leader ?? -1).ToDictionary(group => group.Key, group => group.Count());
        var snapshot = new ClusterSnapshot
        {
            At = at,
            ClusterId = outline.ClusterId,
            Brokers =
            [
                .. outline.Brokers.OrderBy(broker => broker.BrokerId).Select(broker => new BrokerSummary(
                    broker.BrokerId,
                    broker.Host,
                    broker.Port,
                    broker.Rack,
                    led.GetValueOrDefault(broker.BrokerId),
                    broker.BrokerId == outline.ControllerId,
                    looks.GetValueOrDefault(broker.BrokerId)?.Address,
                    looks.GetValueOrDefault(broker.BrokerId)?.Status,
                    looks.GetValueOrDefault(broker.BrokerId)?.Rates)),
            ],
            Gone = GoneBroker.Find(before, outline.Brokers.Select(broker => broker.BrokerId).ToHashSet(), at),
            Topics =
            [
                .. outline.Topics.Select(topic => new TopicSummary(
                    topic.Name,
                    topic.Partitions,
                    RateOf(before.FindTopic(topic.Name), topic.Partitions, seconds),
                    bytesIn.TryGetValue(topic.Name, out var came) ? came : rates.Count > 0 ? 0 : null,
                    bytesOut.TryGetValue(topic.Name, out var went) ? went : rates.Count > 0 ? 0 : null,
                    topic.Storage)),
            ],
            Groups = outline.Groups,
            Rates = ClusterRates.Sum(rates),
            Duration = timeProvider.GetElapsedTime(started),
        };
        if (before.At is not null && !BrokersOf(before).SequenceEqual(BrokersOf(snapshot)))
        {
            connection.Renew();
        }

        return snapshot;
    }

    private static IEnumerable<(int Id, string Host, int Port, bool IsController)> BrokersOf(ClusterSnapshot snapshot) =>
        snapshot.Brokers.Select(broker => (broker.Id, broker.Host, broker.Port, broker.IsController));

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

    private static double? RateOf(TopicSummary? before, IReadOnlyList<PartitionSummary> partitions, double seconds)
    {
        if (before is null || seconds <= 0)
        {
            return null;
        }

        var grown = 0L;
        for (var i = 0; i < Math.Min(partitions.Count, before.Partitions.Count); i++)
        {
            grown += Math.Max(0, (partitions[i].End - before.Partitions[i].End) ?? 0);
        }

        return grown / seconds;
    }
}
