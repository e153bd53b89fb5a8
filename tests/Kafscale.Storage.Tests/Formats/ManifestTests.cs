using System.Buffers.Binary;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Manifests;

namespace Kafscale.Storage.Tests.Formats;

public sealed class ManifestTests
{
    private const string GoldenName = "manifest-00000000000000000012.hex";
    private const string Key = "default/meta/manifest/0102030405060708090a0b0c0d0e0f10/0/00000000000000000012";
    private const long T = 1767225600000;

    private static readonly Manifest Golden = new()
    {
        TopicId = new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"),
        TopicName = "orders",
        Partition = 0,
        Version = 12,
        LogStartOffset = 100,
        MergedThroughOffset = 5000,
        Segments =
        [
            new ManifestSegment(100, 103, 194, 40, 3, T, T + 2, T + 5000),
            new ManifestSegment(103, 5000, 67108000, 5896, 4897, T + 10, T + 99, T + 6000),
        ],
        LeaderEpochs = [new LeaderEpochStart(1, 0), new LeaderEpochStart(7, 100)],
        Producers =
        [
            new ProducerSnapshot
            {
                ProducerId = 4000,
                ProducerEpoch = 3,
                LastTimestampMs = T + 2,
                Batches = [new ProducerSnapshotBatch(2147483640, 2147483647, 50, 57), new ProducerSnapshotBatch(0, 17, 58, 75)],
            },
        ],
    };

    private static Gen<Manifest> Manifests { get; } =
        from start in Gen.Long[0, 1_000_000_000]
        from lengths in Gen.Int[1, 1_000_000].Array[0, 30]
        from epochs in Gen.Int[1, 50].Array[0, 10]
        from producers in Gen.Select(Gen.Long, Gen.Short, Gen.Select(Gen.Int, Gen.Int, Gen.Long, Gen.Long).Array[0, 5]).Array[0, 10]
        select ManifestOf(start, lengths, epochs, producers);

    [Fact]
    public void The_golden_manifest_reads_as_its_comments_say() =>
        Assert.Equivalent(Golden, Read(GoldenFile.Read(GoldenName)), strict: true);

    [Fact]
    public void The_golden_manifest_is_written_byte_for_byte() => Assert.Equal(GoldenFile.Read(GoldenName), ManifestWriter.Write(Golden));

    [Fact]
    public void Any_manifest_that_is_written_is_read_back() =>
        Manifests.Sample(manifest => Assert.Equivalent(manifest, Read(ManifestWriter.Write(manifest)), strict: true));

    [Fact]
    public void Every_changed_byte_is_noticed() =>
        Corruption.AssertEveryChangedByteIsNoticed(GoldenFile.Read(GoldenName), bytes => ManifestReader.Read(Key, bytes));

    [Fact]
    public void Every_truncation_is_noticed() =>
        Corruption.AssertEveryTruncationIsNoticed(GoldenFile.Read(GoldenName), bytes => ManifestReader.Read(Key, bytes));

    [Fact]
    public void Random_bytes_are_harmless() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Corruption.AssertHarmless(bytes, sequence => ManifestReader.Read(Key, sequence)));

    [Fact]
    public void Any_content_with_a_true_checksum_is_harmless()
    {
        var golden = GoldenFile.Read(GoldenName);
        Gen.Select(Gen.Int[0, golden.Length - 5], Gen.Byte.Array[1, 8]).Sample((at, replacement) =>
        {
            var bytes = (byte[])golden.Clone();
            var target = bytes.AsSpan(at, Math.Min(replacement.Length, bytes.Length - 4 - at));
            replacement.AsSpan(0, target.Length).CopyTo(target);
            Corruption.AssertHarmless(WithCrc(bytes), sequence => ManifestReader.Read(Key, sequence));
        });
    }

    [Fact]
    public void Sections_that_a_later_release_adds_are_skipped()
    {
        var golden = GoldenFile.Read(GoldenName);
        golden[7] = 1;
        byte[] extended = [.. golden[..^4], 0x77, 0x77, 0, 0, 0, 3, 1, 2, 3, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equivalent(Golden, Read(WithCrc(extended)), strict: true);
    }

    [Fact]
    public void Fields_that_a_later_release_adds_to_a_segment_are_skipped()
    {
        var golden = GoldenFile.Read(GoldenName);
        var section = 8 + 6 + ManifestFormat.PartitionFixedLength + "orders".Length;
        var entries = section + 6 + 6;
        byte[] extended = [.. golden[..(entries + 60)], 1, 2, .. golden[(entries + 60)..(entries + 120)], 3, 4, .. golden[(entries + 120)..]];
        BinaryPrimitives.WriteInt32BigEndian(extended.AsSpan(section + 2), 6 + (2 * 62));
        BinaryPrimitives.WriteInt16BigEndian(extended.AsSpan(section + 6 + 4), 62);
        Assert.Equivalent(Golden, Read(WithCrc(extended)), strict: true);
    }

    [Fact]
    public void A_later_major_version_is_refused_with_what_to_do()
    {
        var bytes = GoldenFile.Read(GoldenName);
        bytes[5] = 2;
        var exception = Assert.Throws<UnsupportedVersionException>(() => Read(WithCrc(bytes)));
        Assert.Contains("version 2.0", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Key, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_section_and_one_twice_are_refused()
    {
        var golden = GoldenFile.Read(GoldenName);
        var producers = golden.Length - 4 - 4 - 19 - 48 - 6;
        Assert.Equal(4, golden[producers + 1]);
        Assert.Throws<CorruptObjectException>(() => Read(WithCrc([.. golden[..producers], 0, 0, 0, 0])));
        Assert.Throws<CorruptObjectException>(() => Read(WithCrc([.. golden[..^4], .. golden[producers..^4], 0, 0, 0, 0])));
    }

    [Fact]
    public void What_contradicts_itself_is_not_written()
    {
        var first = Golden.Segments[0];
        var second = Golden.Segments[1];
        AssertNotWritten([first]);
        AssertNotWritten([second, first]);
        AssertNotWritten([first with { EndOffset = 104 }, second]);
        AssertNotWritten([first, second with { BaseOffset = 104 }]);
        AssertNotWritten([first, second with { SegmentBytes = 0 }]);
        AssertNotWritten([second with { BaseOffset = 5000 }]);
    }

    [Theory]
    [InlineData(99, null)]
    [InlineData(100, 100L)]
    [InlineData(102, 100L)]
    [InlineData(103, 103L)]
    [InlineData(4999, 103L)]
    [InlineData(5000, null)]
    public void The_segment_of_an_offset_is_found(long offset, long? baseOffset) => Assert.Equal(baseOffset, Golden.FindSegment(offset)?.BaseOffset);

    private static Manifest Read(byte[] bytes) => ManifestReader.Read(Key, Bodies.InSegments(bytes, 11));

    private static byte[] WithCrc(byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }

    private static void AssertNotWritten(ManifestSegment[] segments) =>
        Assert.Throws<ArgumentException>(() => ManifestWriter.Write(new Manifest
        {
            TopicId = Golden.TopicId,
            TopicName = Golden.TopicName,
            Partition = 0,
            Version = 1,
            LogStartOffset = 0,
            MergedThroughOffset = 5000,
            Segments = segments,
        }));

    private static Manifest ManifestOf(
        long start, int[] lengths, int[] epochs, (long Id, short Epoch, (int, int, long, long)[] Batches)[] producers)
    {
        var segments = new List<ManifestSegment>();
        var offset = start;
        foreach (var length in lengths)
        {
            segments.Add(new ManifestSegment(offset, offset + length, length * 3L, 28, length, -1, offset, 9));
            offset += length;
        }

        return new Manifest
        {
            TopicId = new Guid(7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8),
            TopicName = "any.topic",
            Partition = 3,
            Version = 4,
            LogStartOffset = start,
            MergedThroughOffset = offset,
            MergePoint = lengths.Length % 2 == 0 ? null : new MergePoint(offset, lengths.Length),
            Segments = segments,
            LeaderEpochs = [.. epochs.Select((step, i) => new LeaderEpochStart((i * 50) + step, i * 10L))],
            Producers =
            [
                .. producers.Select(producer => new ProducerSnapshot
                {
                    ProducerId = producer.Id,
                    ProducerEpoch = producer.Epoch,
                    LastTimestampMs = 5,
                    Batches = [.. producer.Batches.Select(batch => new ProducerSnapshotBatch(batch.Item1, batch.Item2, batch.Item3, batch.Item4))],
                }),
            ],
        };
    }
}
