using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Tests.Formats;

public sealed class SparseIndexTests
{
    private const string GoldenName = "segment-00000000000000000100.index.hex";
    private const string Key = "default/orders/0/segment-00000000000000000100.index";

    [Fact]
    public void The_golden_index_is_what_the_golden_segment_s_batches_give()
    {
        var segment = SegmentReader.Read(Key, Bodies.Whole(GoldenFile.Read("segment-00000000000000000100.kfs.hex")));
        var builder = new SparseIndexBuilder(intervalMessages: 2);
        builder.Add(segment.Batches);
        Assert.Equal(GoldenFile.Read(GoldenName), builder.ToArray());
    }

    [Theory]
    [InlineData(0, 100, 32, 109)]
    [InlineData(100, 100, 32, 109)]
    [InlineData(101, 100, 32, 109)]
    [InlineData(102, 102, 109, null)]
    [InlineData(1000, 102, 109, null)]
    public void An_offset_is_looked_for_from_the_greatest_entry_that_is_not_above_it(long offset, long baseOffset, int position, int? endPosition)
    {
        var index = SparseIndex.Parse(Key, Bodies.Whole(GoldenFile.Read(GoldenName)));
        Assert.Equal(new IndexInterval(baseOffset, position, endPosition), index.Find(offset));
    }

    [Fact]
    public void Every_offset_of_any_segment_is_found_in_its_interval() =>
        Gen.Select(FormatGenerators.Batches, Gen.Int[1, 500]).Sample((batches, intervalMessages) =>
        {
            var builder = new SparseIndexBuilder(intervalMessages);
            foreach (var batch in batches)
                builder.Add(Bodies.Whole(batch.ToArray()));
            var index = SparseIndex.Parse(Key, Bodies.InSegments(builder.ToArray(), 5));
            Assert.Equal(intervalMessages, index.IntervalMessages);
            var position = 32;
            foreach (var batch in batches)
            {
                foreach (var offset in (long[])[batch.BaseOffset, batch.LastOffset])
                {
                    var interval = index.Find(offset);
                    Assert.InRange(interval.BaseOffset, batches[0].BaseOffset, offset);
                    Assert.InRange(position, interval.Position, (interval.EndPosition ?? int.MaxValue) - 1);
                    Assert.True(offset - interval.BaseOffset < intervalMessages + batch.RecordCount);
                }

                position += batch.ToArray().Length;
            }
        });

    [Fact]
    public void Entries_are_at_least_the_interval_apart()
    {
        var builder = new SparseIndexBuilder();
        var offset = 0L;
        for (var i = 0; i < 10; i++, offset += 40)
            builder.Add(Bodies.Whole(new TestBatch(offset, 40, [1]).ToArray()));
        var index = SparseIndex.Parse(Key, Bodies.Whole(builder.ToArray()));
        Assert.Equal(4, index.EntryCount);
        Assert.Equal([0, 120, 240, 360], ((long[])[0, 120, 240, 360]).Select(start => index.Find(start).BaseOffset));
    }

    [Fact]
    public void What_the_format_can_notice_is_noticed()
    {
        var bytes = GoldenFile.Read(GoldenName);
        // Without a checksum, a changed interval, an offset or position that stays in order cannot be told.
        Corruption.AssertEveryChangedByteIsNoticed(bytes, sequence => SparseIndex.Parse(Key, sequence), 10..24, 28..40);
        Corruption.AssertEveryTruncationIsNoticed(bytes, sequence => SparseIndex.Parse(Key, sequence));
    }

    [Fact]
    public void Random_bytes_behind_a_true_header_are_harmless()
    {
        var header = GoldenFile.Read(GoldenName)[..6];
        Gen.Byte.Array[0, 100].Sample(
            bytes => Corruption.AssertHarmless([.. header, .. bytes], sequence => SparseIndex.Parse(Key, sequence)));
    }

    [Fact]
    public void An_entry_out_of_order_is_named_with_its_position()
    {
        var bytes = GoldenFile.Read(GoldenName);
        bytes[35] = 99;
        var exception = Assert.Throws<CorruptObjectException>(() => SparseIndex.Parse(Key, new ReadOnlySequence<byte>(bytes)));
        Assert.Equal(28, exception.Position);
    }

    [Fact]
    public void Bytes_that_are_no_batches_are_not_indexed() =>
        Assert.Throws<ArgumentException>(() => new SparseIndexBuilder().Add(Bodies.Whole(Bodies.Random(100))));

    [Fact]
    public void An_index_of_nothing_is_not_written() => Assert.Throws<InvalidOperationException>(() => new SparseIndexBuilder().ToArray());
}
