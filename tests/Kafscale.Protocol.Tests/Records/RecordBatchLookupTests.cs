using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class RecordBatchLookupTests
{
    private static readonly Gen<(long[] Timestamps, byte[] Batch)> GenBatch =
        Gen.Select(Gen.Long[0, 50].Array[1, 20], Gen.Enum<CompressionType>()).Select((timestamps, compressionType) =>
        {
            var builder = new RecordBatchBuilder { BaseOffset = 100, CompressionType = compressionType };
            foreach (long timestamp in timestamps)
                builder.Append(timestamp, null, null);
            return (timestamps, builder.Build());
        });

    [Fact]
    public void The_first_record_at_or_after_a_time_is_found() =>
        Gen.Select(GenBatch, Gen.Long[-1, 52], Gen.Int[90, 125]).Sample((generated, target, startOffset) =>
        {
            int index = Enumerable.Range(0, generated.Timestamps.Length)
                .FirstOrDefault(i => generated.Timestamps[i] >= target && 100 + i >= startOffset, -1);
            OffsetAndTimestamp? expected = index < 0 ? null : new OffsetAndTimestamp(100 + index, generated.Timestamps[index]);

            Assert.Equal(expected, Find(generated.Batch, target, startOffset));
        });

    [Fact]
    public void The_first_of_the_latest_records_is_found() =>
        GenBatch.Sample((timestamps, batch) =>
            Assert.Equal(
                new OffsetAndTimestamp(100 + Array.IndexOf(timestamps, timestamps.Max()), timestamps.Max()), FindMax(batch)));

    [Fact]
    public void With_the_brokers_timestamp_the_first_record_is_found()
    {
        byte[] batch = BatchBytes.Simple();
        RecordBatchHeader.StampTimestamp(batch, TimestampType.LogAppendTime, 5000);

        Assert.Equal(new OffsetAndTimestamp(0, 5000), FindMax(batch));
        Assert.Equal(new OffsetAndTimestamp(0, 5000), Find(batch, 5000, 0));
        Assert.Equal(new OffsetAndTimestamp(2, 5000), Find(batch, 4000, 2));
        Assert.Null(Find(batch, 5000, 3));
        Assert.Null(Find(batch, 5001, 0));
        Assert.All(
            BatchBytes.Describe(new ReadOnlySequence<byte>(batch)), text => Assert.Contains("@5000 ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_batch_is_an_error_that_names_its_offset()
    {
        byte[] batch = BatchBytes.Around("no records"u8, 1, CompressionType.Gzip);
        RecordBatchHeader.Stamp(batch, 4711, 0);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => FindMax(batch));

        Assert.Contains("4711", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Find(batch, 0, 0));
    }

    private static OffsetAndTimestamp? Find(byte[] batch, long target, long startOffset) =>
        RecordBatchLookup.FindOffsetByTimestamp(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), target, startOffset);

    private static OffsetAndTimestamp? FindMax(byte[] batch) =>
        RecordBatchLookup.FindMaxTimestamp(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch));
}
