namespace Kafscale.Broker.Administration;

/// <summary>Where a partition's records are in the object store.</summary>
/// <param name="BrokerId">Who answers: what is cached, and what is only buffered, is what this broker has.</param>
/// <param name="IsLeader">Whether it leads the partition. What is buffered only the leader knows.</param>
/// <param name="Partition">The partition as a whole.</param>
/// <param name="BufferedRecords">
/// Records that the leader has accepted and that are not committed yet, so in no object that counts; <see langword="null"/> where another broker answers.
/// </param>
/// <param name="Objects">Segments and slices, in the order of their offsets.</param>
/// <param name="NextOffset">Where the next page begins; <see langword="null"/> where this is the last one.</param>
public sealed record PartitionObjects(
    int BrokerId, bool IsLeader, PartitionStorage Partition, long? BufferedRecords, IReadOnlyList<LogObject> Objects, long? NextOffset);
