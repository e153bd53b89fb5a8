namespace Kafscale.Broker.Administration;

/// <summary>What a topic takes in the object store. Every broker knows it.</summary>
/// <param name="Name">The topic.</param>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="SegmentBytes">Bytes of its segments, those that the log start has passed and that are not removed yet among them.</param>
/// <param name="WaitingBytes">Committed bytes that are in WAL objects and wait to be merged into segments.</param>
/// <param name="WaitingSlices">The slices that these are.</param>
/// <param name="RetentionMs">How long records are kept; -1: for ever.</param>
/// <param name="RetentionBytes">How many bytes of each partition are kept; -1: all.</param>
/// <param name="IsCompacted">Whether old values of a key are removed.</param>
/// <param name="Leaders">Of each partition the broker that leads it; -1 where nobody does.</param>
/// <param name="LogStartOffsets">Of each partition the first offset that can be read.</param>
/// <param name="HighWatermarks">Of each partition what is behind the last committed record.</param>
public sealed record TopicStorage(
    string Name,
    int Partitions,
    long SegmentBytes,
    long WaitingBytes,
    int WaitingSlices,
    long RetentionMs,
    long RetentionBytes,
    bool IsCompacted,
    IReadOnlyList<int> Leaders,
    IReadOnlyList<long> LogStartOffsets,
    IReadOnlyList<long> HighWatermarks);
