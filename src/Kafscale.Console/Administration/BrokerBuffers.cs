namespace Kafscale.Console.Administration;

/// <summary>What clients keep busy.</summary>
public sealed record BrokerBuffers(long AppendBytes, long AppendLimitBytes, int Connections);
