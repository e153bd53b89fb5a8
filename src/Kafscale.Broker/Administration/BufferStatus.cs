namespace Kafscale.Broker.Administration;

/// <summary>What clients keep busy.</summary>
/// <param name="AppendBytes">Record bytes accepted and not yet committed.</param>
/// <param name="AppendLimitBytes">At how many of them producers have to wait (<c>buffer.max.bytes</c>).</param>
/// <param name="Connections">Open connections of Kafka clients.</param>
public sealed record BufferStatus(long AppendBytes, long AppendLimitBytes, int Connections);
