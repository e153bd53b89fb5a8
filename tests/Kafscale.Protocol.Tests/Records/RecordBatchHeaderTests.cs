using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class RecordBatchHeaderTests
{
    private static readonly byte[] EveryFieldDifferent = Convert.FromHexString(
        "0102030405060708" // base offset
        + "00000031" // batch length: 49, no records
        + "0A0B0C0D" // partition leader epoch
        + "02" // magic
        + "DEADBEEF" // crc
        + "0073" // attributes: lz4, transactional, control, delete horizon
        + "00000004" // last offset delta
        + "1112131415161718" // base timestamp
        + "2122232425262728" // max timestamp
        + "3132333435363738" // producer id
        + "4142" // producer epoch
        + "7FFFFFFE" // base sequence
        + "00000005"); // record count

    [Fact]
    public void Every_field_is_read_from_its_place()
    {
        Assert.True(RecordBatchHeader.TryRead(EveryFieldDifferent, out RecordBatchHeader header));

        Assert.Equal(0x0102030405060708, header.BaseOffset);
        Assert.Equal(49, header.BatchLength);
        Assert.Equal(61, header.TotalLength);
        Assert.Equal(0, header.RecordsLength);
        Assert.Equal(0x0A0B0C0D, header.PartitionLeaderEpoch);
        Assert.Equal(2, header.Magic);
        Assert.Equal(0xDEADBEEF, header.Crc);
        Assert.Equal(0x73, header.Attributes);
        Assert.Equal(CompressionType.Lz4, header.CompressionType);
        Assert.Equal(TimestampType.CreateTime, header.TimestampType);
        Assert.True(header.IsTransactional);
        Assert.True(header.IsControl);
        Assert.True(header.HasDeleteHorizon);
        Assert.Equal(4, header.LastOffsetDelta);
        Assert.Equal(0x010203040506070C, header.LastOffset);
        Assert.Equal(0x010203040506070D, header.NextOffset);
        Assert.Equal(0x1112131415161718, header.BaseTimestamp);
        Assert.Equal(0x2122232425262728, header.MaxTimestamp);
        Assert.Equal(0x3132333435363738, header.ProducerId);
        Assert.Equal(0x4142, header.ProducerEpoch);
        Assert.Equal(0x7FFFFFFE, header.BaseSequence);
        Assert.Equal(5, header.RecordCount);
    }

    [Fact]
    public void A_header_is_the_same_wherever_its_bytes_are_cut()
    {
        for (int cut = 0; cut <= EveryFieldDifferent.Length; cut++)
        {
            Assert.True(RecordBatchHeader.TryRead(Segments.Split(EveryFieldDifferent, cut, 3), out RecordBatchHeader header));
            Assert.Equal(BatchBytes.Header(EveryFieldDifferent), header);
        }
    }

    [Fact]
    public void A_truncated_header_is_not_read()
    {
        for (int length = 0; length < RecordBatchHeader.Size; length++)
        {
            Assert.False(RecordBatchHeader.TryRead(EveryFieldDifferent.AsSpan(0, length), out _));
            Assert.False(RecordBatchHeader.TryRead(new ReadOnlySequence<byte>(EveryFieldDifferent, 0, length), out _));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(0)]
    [InlineData(48)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue - 11)]
    public void A_length_that_no_batch_can_have_is_refused(int batchLength) =>
        Assert.False(RecordBatchHeader.TryRead(BatchBytes.Simple().With(RecordBatchHeader.BatchLengthPosition, batchLength), out _));

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 3, 8)]
    [InlineData(int.MaxValue, 0, int.MaxValue)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 1, 4, 2)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue - 1)]
    public void Sequence_numbers_go_on_with_zero_after_the_largest(int baseSequence, int lastOffsetDelta, int lastSequence)
    {
        byte[] batch = BatchBytes.Simple()
            .With(RecordBatchHeader.BaseSequencePosition, baseSequence)
            .With(RecordBatchHeader.LastOffsetDeltaPosition, lastOffsetDelta);

        Assert.Equal(lastSequence, BatchBytes.Header(batch).LastSequence);
    }

    [Fact]
    public void Without_sequence_numbers_there_is_no_last_one() => Assert.Equal(-1, BatchBytes.Header(BatchBytes.Simple()).LastSequence);

    [Fact]
    public void Stamping_the_offset_leaves_the_checksum_right()
    {
        byte[] batch = BatchBytes.Simple();

        RecordBatchHeader.Stamp(batch, baseOffset: 1L << 40, partitionLeaderEpoch: 77);

        RecordBatchHeader header = BatchBytes.Header(batch);
        Assert.Equal((1L << 40, 77), (header.BaseOffset, header.PartitionLeaderEpoch));
        Assert.True(BatchBytes.HasRightCrc(batch));
    }

    [Fact]
    public void Stamping_the_timestamp_corrects_the_checksum_of_any_batch() =>
        Gen.Select(Gen.Byte.Array[0, 3000], Gen.Long, Gen.Bool).Sample((body, timestamp, logAppendTime) =>
        {
            byte[] batch = BatchBytes.Around(body, 3, CompressionType.Zstd);
            TimestampType type = logAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime;

            RecordBatchHeader.StampTimestamp(batch, type, timestamp);

            RecordBatchHeader header = BatchBytes.Header(batch);
            Assert.Equal((type, timestamp, CompressionType.Zstd), (header.TimestampType, header.MaxTimestamp, header.CompressionType));
            Assert.True(BatchBytes.HasRightCrc(batch));
        });

    [Fact]
    public void Stamping_the_timestamp_leaves_a_wrong_checksum_wrong()
    {
        byte[] batch = BatchBytes.Simple();
        batch[^1] ^= 1;

        RecordBatchHeader.StampTimestamp(batch, TimestampType.LogAppendTime, 5);

        Assert.False(BatchBytes.HasRightCrc(batch));
    }
}
