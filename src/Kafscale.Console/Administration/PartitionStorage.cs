namespace Kafscale.Console.Administration;

/// <summary>What a partition takes in the object store, as a broker tells; docs/administration.md describes it.</summary>
public sealed record PartitionStorage(
    int Partition,
    int? Leader,
    long LogStartOffset,
    long MergedThroughOffset,
    long HighWatermark,
    int? Segments,
    long SegmentBytes,
    long WaitingBytes,
    int WaitingSlices,
    DateTimeOffset? WaitingSince);
