namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A topic as assignors see it.</summary>
/// <param name="Id">The topic's id.</param>
/// <param name="PartitionCount">How many partitions it has.</param>
/// <param name="FindLeaderRack">The rack of a partition's leader, who has its newest records in memory; null where it has none.</param>
internal sealed record AssignorTopic(Guid Id, int PartitionCount, Func<int, string?> FindLeaderRack);
