namespace Kafscale.Broker.Administration;

/// <summary>What a broker leads of what there is.</summary>
/// <param name="Topics">Topics in the cluster.</param>
/// <param name="Partitions">Partitions of all of them.</param>
/// <param name="PartitionsLed">Partitions that this broker leads.</param>
/// <param name="PartitionsWithoutLeader">Partitions that no live broker leads.</param>
/// <param name="GroupShards">Shards that all consumer groups are spread over.</param>
/// <param name="GroupShardsLed">Shards whose groups this broker coordinates.</param>
public sealed record LeaderStatus(
    int Topics, int Partitions, int PartitionsLed, int PartitionsWithoutLeader, int GroupShards, int GroupShardsLed);
