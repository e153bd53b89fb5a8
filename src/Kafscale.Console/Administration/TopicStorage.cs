namespace Kafscale.Console.Administration;

/// <summary>What a topic takes in the object store, as a broker tells; docs/administration.md describes it.</summary>
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
    IReadOnlyList<long> HighWatermarks)
{
    /// <summary>Everything that is stored of it.</summary>
    public long Bytes => SegmentBytes + WaitingBytes;
}
