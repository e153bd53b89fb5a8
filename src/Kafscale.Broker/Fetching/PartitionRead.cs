using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>One partition of a fetch while it is worked on.</summary>
internal sealed class PartitionRead(FetchPartitionState partition)
{
    public FetchPartitionState Partition { get; } = partition;

    public PartitionLog? Log { get; set; }

    public ErrorCode Error { get; set; }

    /// <summary>Whether there is an error because the object store is not healthy.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The brokers, other than this one, that the client is better served by.</summary>
    public List<int>? ReadersElsewhere { get; set; }

    /// <summary>Where the client knows more than this broker: the error that it is told if that does not change.</summary>
    public ErrorCode NotHeardOf { get; set; }

    public int PreferredReadReplica { get; set; } = PreferredReadReplicas.None;

    public long AvailableBytes { get; set; }

    public long HighWatermark { get; set; } = -1;

    public long LogStartOffset { get; set; } = -1;

    public FetchedRecords? Records { get; set; }

    /// <summary>Whether an incremental response must tell of the partition.</summary>
    public bool HasNews =>
        Records is { Length: > 0 }
        || PreferredReadReplica != PreferredReadReplicas.None
        || Error != ErrorCode.None
        || Error != Partition.SentError
        || HighWatermark != Partition.SentHighWatermark
        || LogStartOffset != Partition.SentLogStartOffset;
}
