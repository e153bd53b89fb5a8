namespace Kafscale.Console.Administration;

/// <summary>A broker's session with the metadata store.</summary>
public sealed record BrokerSession(string Number, bool IsAlive, double AgeSeconds, double SecondsLeft);
