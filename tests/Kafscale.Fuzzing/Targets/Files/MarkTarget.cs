using System.Buffers;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Marks of clusters.</summary>
internal sealed class MarkTarget() : FileTarget("mark")
{
    public override void RepairChecksums(Span<byte> input) => Bytes.RepairTrailingCrc(input);

    public override byte[] Write(object read) => ((ClusterMark)read).ToBytes();

    protected override object Read(in ReadOnlySequence<byte> bytes) => ClusterMark.Read(Key, bytes);

    protected override IEnumerable<byte[]> CreateExamples(Random random) =>
        [new ClusterMark(0, "").ToBytes(), new ClusterMark(5, "J8qXRwI-RyGTi2guA2q8SA").ToBytes(), new ClusterMark(long.MaxValue, new string('x', 255)).ToBytes()];
}
