using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>What the brokers that answer over HTTP did together since they were looked at before.</summary>
public sealed record ClusterRates
{
    /// <summary>Before two looks, or where no broker answers over HTTP.</summary>
    public static ClusterRates Unknown { get; } = new() { IsKnown = false };

    public bool IsKnown { get; init; } = true;

    public double BytesInPerSecond { get; init; }

    public double BytesOutPerSecond { get; init; }

    public double ProducePerSecond { get; init; }

    public double FetchPerSecond { get; init; }

    public double CostDollarsPerHour { get; init; }

    public double ObjectStoreErrorsPerSecond { get; init; }

    /// <summary>Requests a second by operation.</summary>
    public IReadOnlyDictionary<string, double> ObjectStorePerSecond { get; init; } = new Dictionary<string, double>();

    public LatencyBuckets ProduceLatency { get; init; } = LatencyBuckets.None;

    public LatencyBuckets ObjectStoreLatency { get; init; } = LatencyBuckets.None;

    public IReadOnlyDictionary<string, LatencyBuckets> ProduceStages { get; init; } = new Dictionary<string, LatencyBuckets>();

    /// <summary>What a GiB costs that is produced, in requests to the object store; null while nothing is produced.</summary>
    public double? CostDollarsPerGiB => BytesInPerSecond > 0 ? CostDollarsPerHour / 3600 / BytesInPerSecond * (1 << 30) : null;

    /// <summary>Adds up what brokers did.</summary>
    public static ClusterRates Sum(IReadOnlyCollection<BrokerRates> brokers)
    {
        var known = brokers.Where(broker => broker.Seconds > 0).ToList();
        if (known.Count == 0)
        {
            return Unknown;
        }

        return new ClusterRates
        {
            BytesInPerSecond = known.Sum(broker => broker.BytesIn / broker.Seconds),
            BytesOutPerSecond = known.Sum(broker => broker.BytesOut / broker.Seconds),
            ProducePerSecond = known.Sum(broker => broker.ProduceRequests / broker.Seconds),
            FetchPerSecond = known.Sum(broker => broker.FetchRequests / broker.Seconds),
            CostDollarsPerHour = known.Sum(broker => broker.CostDollars / broker.Seconds) * 3600,
            ObjectStoreErrorsPerSecond = known.Sum(broker => broker.ObjectStoreErrors / broker.Seconds),
            ObjectStorePerSecond = known.SelectMany(broker => broker.ObjectStoreRequests.Select(request => (request.Key, Rate: request.Value / broker.Seconds)))
                .GroupBy(request => request.Key).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(request => request.Rate)),
            ProduceLatency = LatencyBuckets.Sum(known.Select(broker => broker.ProduceLatency)),
            ObjectStoreLatency = LatencyBuckets.Sum(known.Select(broker => broker.ObjectStoreLatency)),
            ProduceStages = known.SelectMany(broker => broker.ProduceStages).GroupBy(stage => stage.Key)
                .ToDictionary(group => group.Key, group => LatencyBuckets.Sum(group.Select(stage => stage.Value))),
        };
    }
}
