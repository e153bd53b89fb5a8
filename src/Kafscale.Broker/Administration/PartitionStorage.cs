namespace Kafscale.Broker.Administration;

/// <summary>What a partition takes in the object store. Every broker knows it.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Leader">The broker that leads it; <see langword="null"/> while nobody does.</param>
/// <param name="LogStartOffset">The first offset that can be read.</param>
/// <param name="MergedThroughOffset">Behind the last record that is in a segment.</param>
/// <param name="HighWatermark">Behind the last committed record.</param>
/// <param name="Segments">How many segments there are; <see langword="null"/>: an older version wrote the metadata, which do not say.</param>
/// <param name="SegmentBytes">Bytes of these.</param>
/// <param name="WaitingBytes">Committed bytes that wait to be merged.</param>
/// <param name="WaitingSlices">The slices that these are.</param>
/// <param name="WaitingSince">When the oldest of these was committed; <see langword="null"/> where nothing waits.</param>
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
