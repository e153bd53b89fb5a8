using System.Buffers;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Snapshots of the metadata.</summary>
internal sealed class SnapshotTarget() : FileTarget("snapshot")
{
    public override void RepairChecksums(Span<byte> input) => Bytes.RepairTrailingCrc(input);

    public override byte[] Write(object read) => ((MetadataSnapshot)read).ToBytes();

    protected override object Read(in ReadOnlySequence<byte> bytes) => MetadataSnapshot.Read(Key, bytes);

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int entries = 0; entries <= 4; entries++)
        {
            yield return new MetadataSnapshot
            {
                Incarnation = 1,
                Revision = 77,
                CreatedAtMs = 1_700_000_000_000,
                ClusterId = "J8qXRwI-RyGTi2guA2q8SA",
                LiveSessions = [.. Enumerable.Range(0, entries).Select(i => (long)i)],
                Entries = [.. Enumerable.Range(0, entries).Select(i => new SnapshotEntry($"topics/é{i}", Bytes.Random(random, 20)))],
            }.ToBytes();
        }
    }
}
