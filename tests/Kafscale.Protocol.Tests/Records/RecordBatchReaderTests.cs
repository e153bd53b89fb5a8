using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class RecordBatchReaderTests
{
    [Fact]
    public void Consecutive_batches_are_found_wherever_the_bytes_are_cut() =>
        Gen.Select(Gen.Int[1, 20].Array[0, 6], Gen.Double[0, 1].Array[0, 5]).Sample((counts, shares) =>
        {
            byte[][] expected = [.. counts.Select(count => BatchBytes.Simple(count: count))];
            byte[] all = [.. expected.SelectMany(batch => batch)];
            var batches = new RecordBatchReader(Segments.Split(all, [.. shares.Select(share => (int)(share * all.Length))]));

            List<byte[]> found = [];
            while (batches.TryRead(out RecordBatchHeader header, out ReadOnlySequence<byte> batch))
            {
                Assert.Equal(header.TotalLength, batch.Length);
                found.Add(batch.ToArray());
            }

            Assert.Equal(RecordBatchError.None, batches.Error);
            Assert.True(batches.Remaining.IsEmpty);
            Assert.Equal(expected, found);
        });

    [Fact]
    public void A_batch_cut_off_anywhere_is_corrupt_and_the_batches_before_it_are_found()
    {
        byte[] whole = BatchBytes.Simple();
        for (int length = 1; length < whole.Length; length++)
        {
            var batches = new RecordBatchReader((byte[])[.. whole, .. whole.AsSpan(0, length)]);

            Assert.True(batches.TryRead(out _, out _));
            Assert.False(batches.TryRead(out _, out _));
            Assert.Equal(RecordBatchErrorCode.CorruptMessage, batches.Error.Code);
            Assert.Equal(length, batches.Remaining.Length);
            Assert.False(batches.TryRead(out _, out _));
        }
    }

    [Theory]
    [InlineData(0, RecordBatchErrorCode.InvalidRecord)]
    [InlineData(1, RecordBatchErrorCode.InvalidRecord)]
    [InlineData(3, RecordBatchErrorCode.CorruptMessage)]
    [InlineData(255, RecordBatchErrorCode.CorruptMessage)]
    public void Other_formats_get_Kafkas_answer(byte magic, RecordBatchErrorCode expected)
    {
        var batches = new RecordBatchReader(BatchBytes.Simple().With(RecordBatchHeader.MagicPosition, magic));

        Assert.False(batches.TryRead(out _, out _));
        Assert.Equal(expected, batches.Error.Code);
    }

    [Fact]
    public void An_old_message_shorter_than_a_header_is_an_invalid_record()
    {
        // Offset, size 22, checksum, magic 1, attributes, timestamp, null key, null value.
        var batches = new RecordBatchReader(Convert.FromHexString(
            "0000000000000000" + "00000016" + "00000000" + "0100" + "0000000000000000" + "FFFFFFFF" + "FFFFFFFF"));

        Assert.False(batches.TryRead(out _, out _));
        Assert.Equal(RecordBatchErrorCode.InvalidRecord, batches.Error.Code);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(48)]
    [InlineData(int.MaxValue)]
    public void A_length_that_no_batch_can_have_is_corrupt(int batchLength)
    {
        var batches = new RecordBatchReader(BatchBytes.Simple().With(RecordBatchHeader.BatchLengthPosition, batchLength));

        Assert.False(batches.TryRead(out _, out _));
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, batches.Error.Code);
    }

    [Fact]
    public void Walking_allocates_nothing()
    {
        ReadOnlySequence<byte> records = Segments.Split([.. BatchBytes.Simple(), .. BatchBytes.Simple()], 30, 100);
        Walk(records);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Walk(records);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Walk(in ReadOnlySequence<byte> records)
    {
        var batches = new RecordBatchReader(records);
        while (batches.TryRead(out _, out _))
        {
        }
    }
}
