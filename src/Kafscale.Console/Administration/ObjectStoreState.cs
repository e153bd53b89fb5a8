namespace Kafscale.Console.Administration;

/// <summary>How the object store does, as a broker sees it.</summary>
public sealed record ObjectStoreState(string State, string Reason, DateTimeOffset Since, double ErrorRate, double MeanLatencyMs);
