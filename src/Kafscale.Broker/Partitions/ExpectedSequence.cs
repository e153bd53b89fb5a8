namespace Kafscale.Broker.Partitions;

/// <summary>The first batch of an idempotent producer that was refused with an error after which it is sent again.</summary>
/// <param name="ProducerId">The producer.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
/// <param name="BaseSequence">The sequence number of the batch's first record.</param>
/// <param name="RefusedAtMs">When, in Unix milliseconds; it is forgotten like an idle producer.</param>
internal readonly record struct ExpectedSequence(long ProducerId, short ProducerEpoch, int BaseSequence, long RefusedAtMs);
