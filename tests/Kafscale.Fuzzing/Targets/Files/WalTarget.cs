using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Fuzzing.Targets.Records;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;
using Kafscale.Storage.Wal;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>WAL objects (<c>.wal</c>).</summary>
internal sealed class WalTarget() : FileTarget("wal")
{
    public override void RepairChecksums(Span<byte> input)
    {
        int directoryEnd = input.Length - WalFormat.TrailerLength;
        if (directoryEnd < WalFormat.HeaderLength)
        {
            return;
        }

        int directoryLength = BinaryPrimitives.ReadInt32BigEndian(input[directoryEnd..]);
        if (directoryLength < WalFormat.DirectoryHeaderLength || directoryLength > directoryEnd)
        {
            return;
        }

        Span<byte> directory = input.Slice(directoryEnd - directoryLength, directoryLength);
        RepairSlices(input[..(directoryEnd - directoryLength)], directory[WalFormat.DirectoryHeaderLength..]);
        BinaryPrimitives.WriteUInt32BigEndian(input[(directoryEnd + sizeof(int))..], Crc32C.Compute(directory));
    }

    public override byte[] Write(object read)
    {
        (WalDirectory directory, byte[] bytes) = (WalFile)read;
        var slices = directory.Entries.Select(entry =>
        {
            Segment segment = WalObjectReader.VerifySlice(Key, entry, new ReadOnlySequence<byte>(bytes, (int)entry.Position, entry.Length));
            return segment.LastOffset - segment.BaseOffset + 1 == segment.RecordCount && segment.CreatedAtMs == directory.CreatedAtMs
                ? new WalSlice
                {
                    TopicId = entry.TopicId,
                    TopicName = entry.TopicName,
                    Partition = entry.Partition,
                    LeaderEpoch = entry.LeaderEpoch,
                    BaseOffset = entry.BaseOffset,
                    RecordCount = entry.RecordCount,
                    Batches = segment.Batches,
                    BatchesCrc = segment.BatchesCrc,
                    MaxTimestampMs = entry.MaxTimestampMs,
                    ProducerBatches = entry.ProducerBatches,
                }
                : null;
        }).ToList();

        // The writer takes slices without gaps only, and times that are one; readers take more.
        return slices.Contains(null) || slices.Count == 0
            ? bytes
            : WalObjectWriter.Write(directory.Session, directory.Sequence, directory.CreatedAtMs, slices!).Body.ToArray();
    }

    protected override object Read(in ReadOnlySequence<byte> bytes) => new WalFile(WalObjectReader.Read(Key, bytes), bytes.ToArray());

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int slices = 1; slices <= 4; slices++)
        {
            yield return WalObjectWriter.Write(17, slices, 1_700_000_000_000, [.. Enumerable.Range(0, slices).Select(partition => CreateSlice(random, partition))]).Body.ToArray();
        }
    }

    // Where the fields of an entry are is in docs/formats.md.
    private static void RepairSlices(Span<byte> slices, Span<byte> entries)
    {
        const int topicNamePosition = 4 + 16;
        const int positionOffset = 4 + 4 + 8 + 8 + 4;
        while (entries.Length > topicNamePosition)
        {
            long length = (long)BinaryPrimitives.ReadInt32BigEndian(entries) + sizeof(int);
            int fields = topicNamePosition + 1 + entries[topicNamePosition];
            if (length > entries.Length || length < fields + positionOffset + 16)
            {
                return;
            }

            Span<byte> slice = entries[(fields + positionOffset)..];
            long position = BinaryPrimitives.ReadInt64BigEndian(slice);
            int sliceLength = BinaryPrimitives.ReadInt32BigEndian(slice[8..]);
            if (position >= 0 && sliceLength >= 0 && position <= slices.Length && sliceLength <= slices.Length - position)
            {
                Span<byte> segment = slices.Slice((int)position, sliceLength);
                SegmentTarget.RepairSegment(segment);
                BinaryPrimitives.WriteUInt32BigEndian(slice[12..], Crc32C.Compute(segment));
            }

            entries = entries[(int)length..];
        }
    }

    private static WalSlice CreateSlice(Random random, int partition)
    {
        int count = 1 + random.Next(4);
        byte[] batch = ExampleBatches.Create(random, (CompressionType)random.Next(5), count, 100, hasProducer: true);
        return new WalSlice
        {
            TopicId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, (byte)partition),
            TopicName = "topic-" + partition,
            Partition = partition,
            LeaderEpoch = 3,
            BaseOffset = 100,
            RecordCount = count,
            Batches = new ReadOnlySequence<byte>(batch),
            BatchesCrc = Crc32C.Compute(batch),
            MaxTimestampMs = 1_700_000_000_999,
            ProducerBatches = [new WalProducerBatch(7, 1, 0, count - 1, 100, 99 + count, 1_700_000_000_000)],
        };
    }

    private sealed record WalFile(WalDirectory Directory, byte[] Bytes);
}
