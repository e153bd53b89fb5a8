namespace Kafscale.Bench;

/// <summary>What a benchmark moved.</summary>
/// <param name="PayloadBytes">Bytes of record values; 0 where requests are counted.</param>
/// <param name="Requests">Requests that were answered; 0 where a client library sends them.</param>
/// <param name="LatenciesMs">The time of each request, unordered; empty where it was not measured.</param>
internal sealed record Load(long PayloadBytes, long Requests, double[] LatenciesMs);
