namespace Kafscale.Broker.Partitions;

/// <summary>One stored batch of an idempotent producer: what a retry is recognised by.</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
/// <param name="BaseSequence">The sequence number of the first record.</param>
/// <param name="LastSequence">That of the last; wraps to 0 behind 2^31 - 1.</param>
/// <param name="BaseOffset">Where the first record is.</param>
/// <param name="LastOffset">Where the last record is.</param>
/// <param name="TimestampMs">The batch's largest timestamp.</param>
internal readonly record struct ProducerBatch(
    long ProducerId, short ProducerEpoch, int BaseSequence, int LastSequence, long BaseOffset, long LastOffset, long TimestampMs)
{
    public bool HasSameSequences(short producerEpoch, int baseSequence, int lastSequence) =>
        ProducerEpoch == producerEpoch && BaseSequence == baseSequence && LastSequence == lastSequence;
}
