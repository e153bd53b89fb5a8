using System.Buffers;
using Kafscale.Storage.Checkpoints;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Checkpoints.</summary>
internal sealed class CheckpointTarget() : FileTarget("checkpoint")
{
    public override void RepairChecksums(Span<byte> input) => Bytes.RepairTrailingCrc(input);

    public override byte[] Write(object read) => ((Checkpoint)read).ToBytes();

    protected override object Read(in ReadOnlySequence<byte> bytes) => Checkpoint.Read(Key, bytes);

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int commits = 1; commits <= 5; commits++)
        {
            yield return new Checkpoint
            {
                Writer = 3,
                Version = commits,
                Session = 2,
                CreatedAtMs = 1_700_000_000_000,
                Commits = [.. Enumerable.Range(0, commits).Select(i => new CheckpointedCommit(i * 2, Bytes.Random(random, 30)))],
            }.ToBytes();
        }
    }
}
