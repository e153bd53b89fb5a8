namespace Kafscale.Broker.Administration;

/// <summary>A broker's session with the metadata store.</summary>
/// <param name="Number">Its number, in hexadecimal digits: unique in the cluster, and growing.</param>
/// <param name="IsAlive">Whether it certainly is.</param>
/// <param name="AgeSeconds">How long ago it began.</param>
/// <param name="SecondsLeft">After how many seconds it ends unless its lease is renewed, which happens three times as often.</param>
public sealed record SessionStatus(string Number, bool IsAlive, double AgeSeconds, double SecondsLeft);
