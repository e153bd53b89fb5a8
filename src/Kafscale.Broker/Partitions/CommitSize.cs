using Google.Protobuf;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>How many bytes the parts of a flush take in its commit, at most: what decides how many partitions one flush can hold.</summary>
internal static class CommitSize
{
    /// <summary>A topic, without its slices.</summary>
    public const int OfTopic = Field + LengthPrefix + Field + 1 + TopicIdBytes;

    private const int TopicIdBytes = 16;

    // Tags of all fields below 16 are one byte. A prefix counts 21 bits: no slice, and of a topic only the first 2 MiB.
    private const int Field = 1;
    private const int LengthPrefix = 3;

    // Positions and lengths have 31 bits; a timestamp may be any number, also a negative one.
    private const int Int31 = Field + 5;
    private const int Int64 = Field + 10;

    /// <summary>A slice, however many records it gets, without its batches of idempotent producers.</summary>
    public static int OfSlice(int partition, int leaderEpoch, long baseOffset) =>
        Field + LengthPrefix + OfNumber(partition) + OfNumber(leaderEpoch) + OfNumber(baseOffset) + OfNumber(baseOffset + int.MaxValue)
        + Int31 + Int31 + Int64;

    /// <summary>One batch of an idempotent producer.</summary>
    public static int OfProducerBatch(in WalProducerBatch batch) =>
        Field + 1 + OfNumber(batch.ProducerId) + OfNumber(batch.ProducerEpoch) + OfNumber(batch.BaseSequence) + OfNumber(batch.LastSequence)
        + OfNumber(batch.BaseOffset) + OfNumber(batch.LastOffset) + OfNumber(batch.AppendedAtMs);

    private static int OfNumber(long number) => Field + CodedOutputStream.ComputeInt64Size(number);
}
