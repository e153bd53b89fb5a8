namespace Kafscale.Operator.Etcd;

/// <summary>What is known of the snapshots and defragmentations of a cluster's etcd.</summary>
internal sealed record EtcdUpkeepState
{
    /// <summary>When the newest snapshot was published; null where there is none.</summary>
    public DateTimeOffset? SnapshotAt { get; init; }

    public string? SnapshotKey { get; init; }

    public string? SnapshotSha256 { get; init; }

    public long? SnapshotBytes { get; init; }

    /// <summary>When the last one was begun that was due, whatever became of it.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>Why the last one was not published; null where it was.</summary>
    public string? SnapshotTrouble { get; init; }

    /// <summary>Why old ones could not be removed after that; null where they were.</summary>
    public string? RemovalTrouble { get; init; }

    /// <summary>Why snapshots cannot be written; null where they can, or where it is not known.</summary>
    public string? AccessTrouble { get; init; }

    public bool IsAccessKnown { get; init; }

    /// <summary>When all members were defragmented last; null where they never were.</summary>
    public DateTimeOffset? MaintainedAt { get; init; }

    /// <summary>Why the last defragmentation failed; null where it did not.</summary>
    public string? MaintenanceTrouble { get; init; }
}
