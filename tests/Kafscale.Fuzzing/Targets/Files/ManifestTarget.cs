using System.Buffers;
using Kafscale.Storage.Manifests;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Manifests.</summary>
internal sealed class ManifestTarget() : FileTarget("manifest")
{
    public override void RepairChecksums(Span<byte> input) => Bytes.RepairTrailingCrc(input);

    public override byte[] Write(object read) => ManifestWriter.Write((Manifest)read);

    protected override object Read(in ReadOnlySequence<byte> bytes)
    {
        Manifest manifest = ManifestReader.Read(Key, bytes);
        foreach (ManifestSegment segment in manifest.Segments)
        {
            if (manifest.FindSegment(segment.BaseOffset) != segment || manifest.FindSegment(segment.EndOffset - 1) != segment)
            {
                throw new WrongResultException($"The segment at offset {segment.BaseOffset} is not found.");
            }
        }

        return manifest;
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int segments = 0; segments < 6; segments++)
        {
            yield return ManifestWriter.Write(new Manifest
            {
                TopicId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                TopicName = "topic",
                Partition = segments,
                Version = 12,
                LogStartOffset = 3,
                MergedThroughOffset = segments * 10,
                Segments = [.. Enumerable.Range(0, segments).Select(i => new ManifestSegment(i * 10, (i + 1) * 10, 1000, 100, 10, 1, 2, 3))],
                LeaderEpochs = [.. Enumerable.Range(0, segments).Select(i => new LeaderEpochStart(i, i * 10))],
                Producers = [.. Enumerable.Range(0, segments / 2).Select(i => new ProducerSnapshot
                {
                    ProducerId = i,
                    ProducerEpoch = 1,
                    LastTimestampMs = random.Next(),
                    Batches = [new ProducerSnapshotBatch(0, 1, 2, 3), new ProducerSnapshotBatch(2, 3, 4, 5)],
                })],
                MergePoint = segments % 2 == 0 ? null : new MergePoint(5, 6),
            });
        }
    }
}
