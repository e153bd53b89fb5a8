namespace Kafscale.Broker.StorageTools;

/// <summary>What a rebuild will write into the metadata store, for a person to look at before it does.</summary>
public sealed record RebuildPlan
{
    /// <summary>The cluster keeps its id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>How often the metadata will have been rebuilt; session numbers begin with it.</summary>
    public required long Incarnation { get; init; }

    /// <summary>The copy of the metadata that configurations, groups and offsets come from; <see langword="null"/>: there is none.</summary>
    public required string? Snapshot { get; init; }

    /// <summary>When that copy was made.</summary>
    public required DateTimeOffset? SnapshotTakenAt { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<RebuildPlanTopic> Topics { get; init; }

    /// <summary>How many WAL objects will be committed again.</summary>
    public required int CommittedWalObjects { get; init; }

    /// <summary>How many committed offsets of consumer groups come back.</summary>
    public required int CommittedOffsets { get; init; }

    /// <summary>What is passed over, and why: each a sentence.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>What was acknowledged and can not be brought back: each a sentence. A rebuild goes on only where this is accepted.</summary>
    public required IReadOnlyList<string> Losses { get; init; }
}
