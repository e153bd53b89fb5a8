namespace Kafscale.Console.Cluster;

/// <summary>What the cluster did at one time, for charts.</summary>
/// <param name="At">When.</param>
/// <param name="BytesIn">Bytes a second that came.</param>
/// <param name="BytesOut">Bytes a second that went.</param>
/// <param name="ProduceP50">Seconds that half of the Produce requests took no longer than; null where there were none.</param>
/// <param name="ProduceP99">The same for 99 of 100.</param>
/// <param name="Lag">Records that groups have not consumed yet.</param>
/// <param name="CostPerHour">Dollars an hour for requests to the object store.</param>
/// <param name="StoreRequests">Requests a second to the object store.</param>
/// <param name="StoreP99">Seconds that 99 of 100 of these took no longer than.</param>
/// <param name="StoreState">The worst state of the object store that a broker sees; null where none tells.</param>
public sealed record HistoryPoint(
    DateTimeOffset At,
    double? BytesIn,
    double? BytesOut,
    double? ProduceP50,
    double? ProduceP99,
    long? Lag,
    double? CostPerHour,
    double? StoreRequests,
    double? StoreP99,
    string? StoreState);
