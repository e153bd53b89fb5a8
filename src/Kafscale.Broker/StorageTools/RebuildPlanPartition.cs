namespace Kafscale.Broker.StorageTools;

/// <summary>A partition that a rebuild brings back.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="LogStartOffset">The first offset that may be read.</param>
/// <param name="MergedThroughOffset">Behind the last record that is in a segment.</param>
/// <param name="HighWatermark">Behind the last record.</param>
/// <param name="LeaderEpoch">The last leader epoch; the next leader gets the one behind it.</param>
public sealed record RebuildPlanPartition(int Partition, long LogStartOffset, long MergedThroughOffset, long HighWatermark, int LeaderEpoch);
