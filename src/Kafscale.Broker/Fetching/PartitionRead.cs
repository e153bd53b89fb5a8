using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>One partition of a fetch while it is worked on.</summary>
internal sealed class PartitionRead
{
    private const long Unknown = -1;

    private readonly FetchPartitionState _own = new();

    public PartitionRead() => Partition = _own;

    /// <summary>Of a session, or what this has for partitions without one.</summary>
    public FetchPartitionState Partition { get; set; }

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

    public long HighWatermark { get; set; } = Unknown;

    public long LogStartOffset { get; set; } = Unknown;

    public FetchedRecords? Records { get; set; }

    /// <summary>Whether an incremental response must tell of the partition.</summary>
    public bool HasNews =>
        Records is { Length: > 0 }
        || PreferredReadReplica != PreferredReadReplicas.None
        || Error != ErrorCode.None
        || Error != Partition.SentError
        || HighWatermark != Partition.SentHighWatermark
        || LogStartOffset != Partition.SentLogStartOffset;

    /// <summary>Gives back what was read.</summary>
    public void DropRecords()
    {
        Records?.Dispose();
        Records = null;
    }

    /// <summary>As new.</summary>
    public void Reset()
    {
        Partition = _own;
        Log = null;
        Error = ErrorCode.None;
        IsRefused = false;
        ReadersElsewhere = null;
        NotHeardOf = ErrorCode.None;
        PreferredReadReplica = PreferredReadReplicas.None;
        AvailableBytes = 0;
        HighWatermark = Unknown;
        LogStartOffset = Unknown;
        Records = null;
    }
}
