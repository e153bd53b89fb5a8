namespace Kafscale.Console.Administration;

/// <summary>What a broker did between two looks at its metrics.</summary>
public sealed record BrokerRates
{
    /// <summary>Seconds between the looks; 0 where there was only one.</summary>
    public double Seconds { get; init; }

    public double BytesIn { get; init; }

    public double BytesOut { get; init; }

    public double ProduceRequests { get; init; }

    public double FetchRequests { get; init; }

    /// <summary>What requests to the object store cost, in dollars.</summary>
    public double CostDollars { get; init; }

    public double ObjectStoreErrors { get; init; }

    /// <summary>Requests to the object store by operation.</summary>
    public IReadOnlyDictionary<string, double> ObjectStoreRequests { get; init; } = new Dictionary<string, double>();

    /// <summary>How many requests to the object store took how long, in seconds.</summary>
    public LatencyBuckets ObjectStoreLatency { get; init; } = LatencyBuckets.None;

    /// <summary>How many Produce requests took how long, in seconds, from the first part of it to the answer.</summary>
    public LatencyBuckets ProduceLatency { get; init; } = LatencyBuckets.None;

    /// <summary>The parts of a Produce request's time, by the names that the metric has.</summary>
    public IReadOnlyDictionary<string, LatencyBuckets> ProduceStages { get; init; } = new Dictionary<string, LatencyBuckets>();

    /// <summary>Bytes that came, by topic.</summary>
    public IReadOnlyDictionary<string, double> TopicBytesIn { get; init; } = new Dictionary<string, double>();

    /// <summary>Bytes that went, by topic.</summary>
    public IReadOnlyDictionary<string, double> TopicBytesOut { get; init; } = new Dictionary<string, double>();

    public double? UptimeSeconds { get; init; }

    public double? MemoryBytes { get; init; }

    public double? CpuPercent { get; init; }

    public double MergeBacklogBytes { get; init; }

    public double MergeBacklogSlices { get; init; }

    public double MergeBacklogAgeSeconds { get; init; }

    public double WalObjects { get; init; }

    public double GarbageWaitingObjects { get; init; }

    public double GarbageDeletedObjects { get; init; }
}
