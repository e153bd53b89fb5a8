namespace Kafscale.Broker.Partitions;

/// <summary>When a flush went from one step to the next, as timestamps of the broker's clock; 0 before.</summary>
internal sealed class FlushTimes
{
    /// <summary>Its first batch came.</summary>
    public long OpenedAt { get; set; }

    /// <summary>Nothing was added any more, and its upload began.</summary>
    public long SealedAt { get; set; }

    /// <summary>It was in the object store.</summary>
    public long UploadedAt { get; set; }

    /// <summary>It was committed.</summary>
    public long CommittedAt { get; set; }
}
