namespace Kafscale.Console.Administration;

/// <summary>What a broker leads.</summary>
public sealed record BrokerLeaders(int Topics, int Partitions, int PartitionsLed, int PartitionsWithoutLeader, int GroupShards, int GroupShardsLed);
