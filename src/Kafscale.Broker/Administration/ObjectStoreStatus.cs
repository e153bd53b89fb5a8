namespace Kafscale.Broker.Administration;

/// <summary>How the object store does.</summary>
/// <param name="State"><c>healthy</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="Reason">What was seen of it, as a sentence for a person.</param>
/// <param name="Since">When the state began.</param>
/// <param name="ErrorRate">The share of recent operations that failed, from 0 to 1.</param>
/// <param name="MeanLatencyMs">The mean time to an answer of recent operations.</param>
public sealed record ObjectStoreStatus(string State, string Reason, DateTimeOffset Since, double ErrorRate, double MeanLatencyMs);
