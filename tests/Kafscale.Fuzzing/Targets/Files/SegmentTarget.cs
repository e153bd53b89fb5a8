using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Fuzzing.Targets.Records;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Segments (<c>.kfs</c>).</summary>
internal sealed class SegmentTarget() : FileTarget("segment")
{
    public static byte[] CreateExample(Random random, int batchCount)
    {
        var batches = new List<byte>();
        int records = 0;
        for (int i = 0; i < batchCount; i++)
        {
            int count = 1 + random.Next(3);
            batches.AddRange(ExampleBatches.Create(random, (CompressionType)random.Next(5), count, 100 + records, hasProducer: i % 2 == 0));
            records += count;
        }

        byte[] body = [.. batches];
        return SegmentWriter.Write(100, 99 + records, records, 1_700_000_000_000, new SegmentPart(new ReadOnlySequence<byte>(body), Crc32C.Compute(body))).ToArray();
    }

    /// <summary>Makes the checksum of the batches right.</summary>
    public static void RepairSegment(Span<byte> segment)
    {
        if (segment.Length >= SegmentFormat.HeaderLength + SegmentFormat.FooterLength)
        {
            BinaryPrimitives.WriteUInt32BigEndian(
                segment[^SegmentFormat.FooterLength..], Crc32C.Compute(segment[SegmentFormat.HeaderLength..^SegmentFormat.FooterLength]));
        }
    }

    public override void RepairChecksums(Span<byte> input) => RepairSegment(input);

    public override byte[] Write(object read)
    {
        var segment = (Segment)read;
        return SegmentWriter.Write(
            segment.BaseOffset, segment.LastOffset, segment.RecordCount, segment.CreatedAtMs, new SegmentPart(segment.Batches, segment.BatchesCrc)).ToArray();
    }

    protected override object Read(in ReadOnlySequence<byte> bytes)
    {
        Segment segment = SegmentReader.Read(Key, bytes);
        var index = new SparseIndexBuilder(intervalMessages: 2);
        index.Add(segment.Batches);
        SparseIndex.Parse(Key, new ReadOnlySequence<byte>(index.ToArray()));
        return segment;
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int batches = 1; batches <= 6; batches++)
        {
            yield return CreateExample(random, batches);
        }
    }
}
