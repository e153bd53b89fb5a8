namespace Kafscale.Storage.Manifests;

/// <summary>One of the last batches of an idempotent producer.</summary>
/// <param name="BaseSequence">The sequence number of the first record.</param>
/// <param name="LastSequence">That of the last; smaller than the first where it wrapped behind 2^31 - 1.</param>
/// <param name="BaseOffset">Where the first record is.</param>
/// <param name="LastOffset">Where the last record is.</param>
public readonly record struct ProducerSnapshotBatch(int BaseSequence, int LastSequence, long BaseOffset, long LastOffset);
