namespace Kafscale.Storage.Manifests;

/// <summary>What a partition knows of an idempotent producer at the manifest's merged-through offset.</summary>
public sealed class ProducerSnapshot
{
    /// <summary>As many batches as an idempotent producer may have in flight (KIP-98).</summary>
    public const int MaxBatches = 5;

    public required long ProducerId { get; init; }

    public required short ProducerEpoch { get; init; }

    /// <summary>When a broker took its last batch, in Unix milliseconds.</summary>
    public required long LastTimestampMs { get; init; }

    /// <summary>Its last batches, at most five, in the order of their offsets.</summary>
    public required IReadOnlyList<ProducerSnapshotBatch> Batches { get; init; }
}
