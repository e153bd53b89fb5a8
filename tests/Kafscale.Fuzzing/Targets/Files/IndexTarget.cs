using System.Buffers;
using Kafscale.Fuzzing.Targets.Records;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>Sparse indexes (<c>.index</c>).</summary>
internal sealed class IndexTarget() : FileTarget("index")
{
    protected override object Read(in ReadOnlySequence<byte> bytes)
    {
        SparseIndex index = SparseIndex.Parse(Key, bytes);
        foreach (long offset in (ReadOnlySpan<long>)[long.MinValue, -1, 0, 100, 101, 150, long.MaxValue])
        {
            IndexInterval interval = index.Find(offset);
            if (interval.Position < SegmentFormat.HeaderLength || interval.EndPosition <= interval.Position)
            {
                throw new WrongResultException($"Offset {offset} is looked for from {interval.Position} to {interval.EndPosition}.");
            }
        }

        return index;
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int entries = 1; entries <= 20; entries += 3)
        {
            var builder = new SparseIndexBuilder(intervalMessages: 1 + random.Next(3));
            for (int i = 0; i < entries; i++)
            {
                builder.Add(new ReadOnlySequence<byte>(ExampleBatches.Create(random, CompressionType.None, 3, 100 + (i * 3))));
            }

            yield return builder.ToArray();
        }
    }
}
