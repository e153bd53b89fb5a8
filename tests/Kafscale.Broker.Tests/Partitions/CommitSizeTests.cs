using CsCheck;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class CommitSizeTests
{
    private static readonly Gen<WalProducerBatch> ProducerBatch =
        from producerId in Gen.Long[0, long.MaxValue]
        from epoch in Gen.Short
        from sequences in Gen.Int.NonNegative.Array[2]
        from offsets in Gen.Long[0, long.MaxValue].Array[2]
        from timestamp in Gen.Long
        select new WalProducerBatch(producerId, epoch, sequences[0], sequences[1], offsets[0], offsets[1], timestamp);

    private static readonly Gen<(SliceRecord Record, WalProducerBatch[] Batches)> Slice =
        from numbers in Gen.Int.NonNegative.Array[5]
        from baseOffset in Gen.Long[0, long.MaxValue - int.MaxValue]
        from timestamp in Gen.Long
        from batches in ProducerBatch.Array[0, 5]
        select (new SliceRecord
        {
            Partition = numbers[0],
            LeaderEpoch = numbers[1],
            BaseOffset = baseOffset,
            EndOffset = baseOffset + numbers[2],
            Position = numbers[3],
            Length = numbers[4],
            MaxTimestampMs = timestamp,
            ProducerBatches = { batches.Select(ProducerBatchConversions.ToRecord) },
        }, batches);

    [Fact]
    public void A_commit_is_never_larger_than_the_sum_of_its_parts() => Slice.Array[1, 20].Sample(slices =>
    {
        var topic = new TopicSlicesRecord { TopicId = TopicIds.ToBytes(Guid.NewGuid()), Slices = { slices.Select(slice => slice.Record) } };
        var commit = new CommitRecord { Topics = { topic } };

        var bound = CommitSize.OfTopic + slices.Sum(slice =>
            CommitSize.OfSlice(slice.Record.Partition, slice.Record.LeaderEpoch, slice.Record.BaseOffset)
            + slice.Batches.Sum(batch => CommitSize.OfProducerBatch(batch)));
        return commit.CalculateSize() <= bound;
    });
}
