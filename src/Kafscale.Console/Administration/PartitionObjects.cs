namespace Kafscale.Console.Administration;

/// <summary>Where a partition's records are in the object store, as one broker sees it.</summary>
public sealed record PartitionObjects(
    int BrokerId, bool IsLeader, PartitionStorage Partition, long? BufferedRecords, IReadOnlyList<LogObject> Objects, long? NextOffset);
