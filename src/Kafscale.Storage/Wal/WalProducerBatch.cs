namespace Kafscale.Storage.Wal;

/// <summary>One batch of an idempotent producer in a slice: what a retry is recognised by (KIP-98).</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
/// <param name="BaseSequence">The sequence number of the first record.</param>
/// <param name="LastSequence">That of the last; smaller than the first where it wrapped behind 2^31 - 1.</param>
/// <param name="BaseOffset">Where the first record is.</param>
/// <param name="LastOffset">Where the last record is.</param>
/// <param name="AppendedAtMs">When the broker took it, by its own clock, in Unix milliseconds: idle producers are forgotten by it.</param>
public readonly record struct WalProducerBatch(
    long ProducerId, short ProducerEpoch, int BaseSequence, int LastSequence, long BaseOffset, long LastOffset, long AppendedAtMs);
