using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Tests.Formats;

public sealed class SegmentTests
{
    private const string GoldenName = "segment-00000000000000000100.kfs.hex";
    private const string Key = "default/orders/0/segment-00000000000000000100.kfs";

    [Fact]
    public void The_golden_segment_reads_as_its_comments_say()
    {
        var segment = SegmentReader.Read(Key, Bodies.Whole(GoldenFile.Read(GoldenName)));
        Assert.Equal(100, segment.BaseOffset);
        Assert.Equal(102, segment.LastOffset);
        Assert.Equal(3, segment.RecordCount);
        Assert.Equal(1767225605000, segment.CreatedAtMs);
        Assert.Equal(1767225600000, segment.FirstTimestampMs);
        Assert.Equal(1767225600002, segment.MaxTimestampMs);
        Assert.Equal(146, segment.Batches.Length);
        Assert.Equal(0x6FD516A4u, segment.BatchesCrc);
    }

    [Fact]
    public void The_golden_segment_is_written_byte_for_byte()
    {
        var golden = GoldenFile.Read(GoldenName);
        var first = new ReadOnlySequence<byte>(golden, 32, 77);
        var second = new ReadOnlySequence<byte>(golden, 109, 69);
        var written = SegmentWriter.Write(100, 102, 3, 1767225605000, PartOf(first), PartOf(second));
        Assert.Equal(golden, written.ToArray());
    }

    [Fact]
    public void The_batches_are_not_copied()
    {
        var batch = new TestBatch(5, 1, [1, 2, 3]).ToArray();
        var written = SegmentWriter.Write(5, 5, 1, 0, PartOf(Bodies.Whole(batch)));
        batch[61] = 99;
        Assert.Equal(99, written.Slice(32 + 61, 1).FirstSpan[0]);
    }

    [Fact]
    public void Any_segment_that_is_written_is_read_back() =>
        FormatGenerators.Batches.Sample(batches =>
        {
            var parts = batches.Select(batch => PartOf(Bodies.InSegments(batch.ToArray(), 13))).ToArray();
            var recordCount = batches.Sum(batch => batch.RecordCount);
            var written = SegmentWriter.Write(batches[0].BaseOffset, batches[^1].LastOffset, recordCount, 77, parts);
            var segment = SegmentReader.Read(Key, written);
            Assert.Equal(batches[0].BaseOffset, segment.BaseOffset);
            Assert.Equal(batches[^1].LastOffset, segment.LastOffset);
            Assert.Equal(recordCount, segment.RecordCount);
            Assert.Equal(77, segment.CreatedAtMs);
            Assert.Equal(batches[0].BaseTimestampMs, segment.FirstTimestampMs);
            Assert.Equal(batches.Max(batch => batch.MaxTimestampMs), segment.MaxTimestampMs);
            Assert.Equal(batches.SelectMany(batch => batch.ToArray()), segment.Batches.ToArray());
        });

    [Fact]
    public void Every_changed_byte_is_noticed_but_in_the_creation_time_and_the_reserved_field() =>
        Corruption.AssertEveryChangedByteIsNoticed(GoldenFile.Read(GoldenName), bytes => SegmentReader.Read(Key, bytes), 20..32);

    [Fact]
    public void Every_truncation_is_noticed() =>
        Corruption.AssertEveryTruncationIsNoticed(GoldenFile.Read(GoldenName), bytes => SegmentReader.Read(Key, bytes));

    [Fact]
    public void Random_bytes_are_harmless() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Corruption.AssertHarmless(bytes, sequence => SegmentReader.Read(Key, sequence)));

    [Fact]
    public void A_gap_between_batches_is_named_with_its_position()
    {
        var first = PartOf(Bodies.Whole(new TestBatch(10, 2, [1]).ToArray()));
        var second = PartOf(Bodies.Whole(new TestBatch(13, 1, [1]).ToArray()));
        var exception = Refused(SegmentWriter.Write(10, 13, 3, 0, first, second));
        Assert.Equal(32 + 62, exception.Position);
        Assert.Contains("offset 13 instead of 12", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Key, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_message_count_is_named()
    {
        var batch = PartOf(Bodies.Whole(new TestBatch(10, 3, [1]).ToArray()));
        Assert.Equal(16, Refused(SegmentWriter.Write(10, 12, 2, 0, batch)).Position);
    }

    [Fact]
    public void A_wrong_checksum_is_named()
    {
        var batch = new SegmentPart(Bodies.Whole(new TestBatch(10, 3, [1]).ToArray()), Crc: 1);
        Assert.Equal(32 + 62, Refused(SegmentWriter.Write(10, 12, 3, 0, batch)).Position);
    }

    [Fact]
    public void Impossible_numbers_are_not_written()
    {
        var batch = PartOf(Bodies.Whole(new TestBatch(10, 3, [1]).ToArray()));
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(-1, 12, 3, 0, batch));
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(10, 9, 3, 0, batch));
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(10, 11, 3, 0, batch));
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(10, 12, 0, 0, batch));
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(10, 12, 3, 0));
    }

    [Fact]
    public void A_segment_of_two_gibibytes_is_not_written()
    {
        var part = PartOf(Bodies.Whole(new byte[64 * 1024 * 1024]));
        var parts = Enumerable.Repeat(part, 32).ToArray();
        Assert.ThrowsAny<ArgumentException>(() => SegmentWriter.Write(0, 1, 1, 0, parts));
    }

    private static SegmentPart PartOf(ReadOnlySequence<byte> batches) => new(batches, Crc32C.Compute(batches));

    private static CorruptObjectException Refused(ReadOnlySequence<byte> bytes) =>
        Assert.Throws<CorruptObjectException>(() => SegmentReader.Read(Key, bytes));
}
