using System.Buffers;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class RecordBatchValidatorTests
{
    [Fact]
    public void A_good_batch_passes_with_every_compression()
    {
        foreach (CompressionType type in BatchBytes.AllCompressionTypes)
        {
            Assert.Equal(RecordBatchError.None, BatchBytes.Validate(BatchBytes.Simple(type)));
            Assert.Equal(RecordBatchError.None, BatchBytes.ValidateRecords(BatchBytes.Simple(type)));
        }
    }

    [Fact]
    public void Every_flipped_bit_that_the_checksum_covers_is_found()
    {
        byte[] batch = BatchBytes.Simple(count: 20);
        for (int bit = 8 * RecordBatchHeader.CrcPosition; bit < 8 * batch.Length; bit++)
        {
            byte[] flipped = [.. batch];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);

            Assert.Equal(RecordBatchErrorCode.CorruptMessage, BatchBytes.Validate(flipped).Code);
        }
    }

    [Fact]
    public void A_batch_in_segments_is_judged_like_one_in_one_piece()
    {
        byte[] batch = BatchBytes.Simple();
        for (int cut = 0; cut <= batch.Length; cut++)
        {
            RecordBatchError error = RecordBatchValidator.Validate(
                Segments.Split(batch, cut, 10), BatchBytes.Header(batch), new RecordBatchLimits());
            Assert.Equal(RecordBatchError.None, error);
        }
    }

    [Fact]
    public void A_batch_of_another_length_than_it_says_is_corrupt()
    {
        byte[] batch = BatchBytes.Simple();
        RecordBatchError error = RecordBatchValidator.Validate(
            new ReadOnlySequence<byte>(batch, 0, batch.Length - 1), BatchBytes.Header(batch), new RecordBatchLimits());

        Assert.Equal(RecordBatchErrorCode.CorruptMessage, error.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_old_magic_is_an_invalid_record(byte magic) =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, BatchBytes.Simple().With(RecordBatchHeader.MagicPosition, magic));

    [Fact]
    public void A_batch_larger_than_the_limit_is_too_large_and_one_of_that_size_is_not()
    {
        byte[] batch = BatchBytes.Simple();

        Assert.True(BatchBytes.Validate(batch, new RecordBatchLimits { MaxBatchBytes = batch.Length }).IsNone);
        Assert.Equal(
            RecordBatchErrorCode.MessageTooLarge,
            BatchBytes.Validate(batch, new RecordBatchLimits { MaxBatchBytes = batch.Length - 1 }).Code);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_compression_type_that_does_not_exist_is_unsupported(short attributes) =>
        AssertRefused(
            RecordBatchErrorCode.UnsupportedCompressionType, BatchBytes.Simple().With(RecordBatchHeader.AttributesPosition, attributes));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_record_count_that_does_not_fit_the_last_offset_delta_is_invalid(int count) =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, BatchBytes.Simple().With(RecordBatchHeader.RecordCountPosition, count));

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_last_offset_delta_that_does_not_fit_the_record_count_is_invalid(int delta) =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, BatchBytes.Simple().With(RecordBatchHeader.LastOffsetDeltaPosition, delta));

    [Fact]
    public void More_records_than_fit_into_an_uncompressed_batch_are_invalid() =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, BatchBytes.Around(new byte[70], 11));

    [Fact]
    public void A_compressed_batch_without_records_is_invalid() =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, BatchBytes.Around([], 1, CompressionType.Zstd));

    [Fact]
    public void Clients_may_not_write_control_batches() =>
        AssertRefused(
            RecordBatchErrorCode.InvalidRecord,
            new RecordBatchBuilder { IsControl = true, ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0 }.Append(0, [], []).Build());

    [Theory]
    [InlineData(-2, 0, 0)]
    [InlineData(1, -1, 0)]
    [InlineData(1, 0, -1)]
    [InlineData(1, 0, int.MinValue)]
    public void Producer_fields_that_do_not_go_together_are_invalid(long producerId, short producerEpoch, int baseSequence) =>
        AssertRefused(
            RecordBatchErrorCode.InvalidRecord,
            new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = producerEpoch, BaseSequence = baseSequence }
                .Append(0, [], []).Build());

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(long.MaxValue, short.MaxValue, int.MaxValue)]
    [InlineData(-1, -1, -1)]
    [InlineData(-1, 0, 0)]
    public void Producer_fields_as_clients_send_them_pass(long producerId, short producerEpoch, int baseSequence) =>
        Assert.Equal(
            RecordBatchError.None,
            BatchBytes.Validate(
                new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = producerEpoch, BaseSequence = baseSequence }
                    .Append(0, [], []).Build()));

    [Fact]
    public void A_transactional_batch_needs_a_producer_id() =>
        AssertRefused(RecordBatchErrorCode.InvalidRecord, new RecordBatchBuilder { IsTransactional = true }.Append(0, [], []).Build());

    [Fact]
    public void Producers_may_not_claim_the_brokers_timestamp()
    {
        byte[] batch = BatchBytes.Simple();
        RecordBatchHeader.StampTimestamp(batch, TimestampType.LogAppendTime, 5);

        AssertRefused(RecordBatchErrorCode.InvalidTimestamp, batch);
    }

    [Fact]
    public void A_body_with_other_records_than_the_header_says_is_found_when_the_records_are_walked()
    {
        foreach (CompressionType type in BatchBytes.AllCompressionTypes)
        {
            foreach (int claimed in (int[])[1, 2, 4, 5])
            {
                byte[] lying = BatchBytes.Simple(type)
                    .With(RecordBatchHeader.RecordCountPosition, claimed)
                    .With(RecordBatchHeader.LastOffsetDeltaPosition, claimed - 1);

                Assert.Equal(RecordBatchErrorCode.InvalidRecord, BatchBytes.ValidateRecords(lying).Code);
            }
        }
    }

    [Theory]
    [InlineData("0E000000020202" + "00", "length one too long")]
    [InlineData("0C0000000101" + "00" + "00", "a byte after the record")]
    [InlineData("0C000002010100", "the offset delta begins at 1")]
    [InlineData("0C000001010100", "the offset delta is -1")]
    [InlineData("0C000000030100", "a key length of -2")]
    [InlineData("0C000000010300", "a value length of -2")]
    [InlineData("0C000000010101", "a header count of -1")]
    [InlineData("0C000000010102", "a header that is missing")]
    [InlineData("10000000010102" + "0101", "a header without a key")]
    [InlineData("10000000010102" + "0002", "a header value that is missing")]
    [InlineData("0C000000FE0100", "a key longer than the record")]
    [InlineData("00", "an empty record")]
    [InlineData("01", "a negative record length")]
    [InlineData("FFFFFFFF0F" + "000000010100", "a record length of -2^31")]
    [InlineData("FFFFFFFF1F" + "000000010100", "a record length of 33 bits")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF", "a length that does not end")]
    [InlineData("2000FFFFFFFFFFFFFFFFFF02" + "00010100", "a timestamp delta of 65 bits")]
    public void A_malformed_record_is_found_when_the_records_are_walked(string body, string reason)
    {
        RecordBatchError error = BatchBytes.ValidateRecords(BatchBytes.Around(Convert.FromHexString(body), 1));

        Assert.True(error.Code == RecordBatchErrorCode.InvalidRecord, reason);
    }

    [Fact]
    public void The_smallest_record_is_well_formed() =>
        Assert.Equal(RecordBatchError.None, BatchBytes.ValidateRecords(BatchBytes.Around([0x0C, 0, 0, 0, 1, 1, 0], 1)));

    [Fact]
    public void Records_that_do_not_decompress_are_corrupt()
    {
        foreach (CompressionType type in BatchBytes.AllCompressionTypes[1..])
        {
            RecordBatchError error = BatchBytes.ValidateRecords(BatchBytes.Around("this is not compressed at all"u8, 1, type));
            Assert.Equal(RecordBatchErrorCode.CorruptMessage, error.Code);
        }
    }

    [Fact]
    public void Records_that_decompress_to_more_than_the_limit_are_too_large()
    {
        foreach (CompressionType type in BatchBytes.AllCompressionTypes[1..])
        {
            byte[] batch = new RecordBatchBuilder { CompressionType = type }.Append(0, null, new byte[100_000]).Build();

            Assert.True(BatchBytes.ValidateRecords(batch, new RecordBatchLimits { MaxDecompressedBytes = 100_020 }).IsNone);
            Assert.Equal(
                RecordBatchErrorCode.MessageTooLarge,
                BatchBytes.ValidateRecords(batch, new RecordBatchLimits { MaxDecompressedBytes = 100_000 }).Code);
        }
    }

    [Fact]
    public void Compacted_topics_need_keys()
    {
        var limits = new RecordBatchLimits { RequireKeys = true };

        Assert.Equal(
            RecordBatchErrorCode.InvalidRecord,
            BatchBytes.ValidateRecords(new RecordBatchBuilder().Append(0, null, [1]).Build(), limits).Code);
        Assert.True(BatchBytes.ValidateRecords(new RecordBatchBuilder().Append(0, [], null).Build(), limits).IsNone);
    }

    [Fact]
    public void Walking_the_records_tells_their_largest_timestamp_whatever_the_header_says()
    {
        byte[] batch = new RecordBatchBuilder().Append(10, [], []).Append(30, [], []).Append(20, [], []).Build()
            .With(RecordBatchHeader.MaxTimestampPosition, 25L);
        using var scratch = new PooledBuffer();

        RecordBatchError error = RecordBatchValidator.ValidateRecords(
            new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), new RecordBatchLimits(), scratch, out long maxTimestamp);

        Assert.Equal((RecordBatchError.None, 30), (error, maxTimestamp));
    }

    [Fact]
    public void Neither_check_allocates_for_good_uncompressed_batches()
    {
        byte[] batch = BatchBytes.Simple(count: 1000);
        using var scratch = new PooledBuffer();
        Check(batch, scratch);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Check(batch, scratch);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Check(byte[] batch, PooledBuffer scratch)
    {
        var sequence = new ReadOnlySequence<byte>(batch);
        RecordBatchHeader.TryRead(sequence, out RecordBatchHeader header);
        var limits = new RecordBatchLimits();
        bool good = RecordBatchValidator.Validate(sequence, header, limits).IsNone
            && RecordBatchValidator.ValidateRecords(sequence, header, limits, scratch, out _).IsNone;
        if (!good)
            throw new InvalidOperationException("The batch is good.");
    }

    private static void AssertRefused(RecordBatchErrorCode expected, byte[] batch)
    {
        RecordBatchError error = BatchBytes.Validate(batch);

        Assert.Equal(expected, error.Code);
        Assert.False(string.IsNullOrEmpty(error.Message));
    }
}
