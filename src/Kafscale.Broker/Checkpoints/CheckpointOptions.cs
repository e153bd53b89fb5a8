namespace Kafscale.Broker.Checkpoints;

/// <summary>When commit keys are rolled up into a checkpoint, and how long the metadata store keeps its history.</summary>
internal sealed record CheckpointOptions
{
    /// <summary>From one look at what there is to roll up to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many commit keys of a session are rolled up at once: what they cost is their number in a broker's start.</summary>
    public int Commits { get; init; } = 256;

    /// <summary>So many bytes of their values too: commits of many partitions have hundreds of kilobytes each, and etcd has 2 GiB.</summary>
    public long Bytes { get; init; } = 4L * 1024 * 1024;

    /// <summary>
    /// Fewer are rolled up when the last checkpoint is so old. A checkpoint goes when the last of its WAL objects is merged, so one
    /// that spans much less than <c>segment.ms</c> keeps little that is of no use any more.
    /// </summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Not even by their age are fewer rolled up than these: an object and a request would cost more than their keys.</summary>
    public int FewestCommits { get; init; } = 8;

    /// <summary>At most so many are in one checkpoint, whatever has piled up: a reader has the whole object in memory.</summary>
    public int MostCommits { get; init; } = 4_096;

    /// <summary>And about so many bytes.</summary>
    public long MostBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>How long the metadata store keeps what is not current any more, for brokers that are behind.</summary>
    public TimeSpan HistoryKept { get; init; } = TimeSpan.FromMinutes(5);
}
