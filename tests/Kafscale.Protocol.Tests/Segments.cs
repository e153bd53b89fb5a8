using System.Buffers;
using CsCheck;

namespace Kafscale.Protocol.Tests;

/// <summary>Cuts bytes into sequences of several segments, as they come from a connection.</summary>
internal static class Segments
{
    /// <summary>Bytes, and the same bytes cut at random places into segments, some of them empty.</summary>
    public static Gen<(byte[] Bytes, ReadOnlySequence<byte> Sequence)> GenSplit(Gen<byte[]> genBytes) =>
        Gen.Select(genBytes, Gen.Double[0, 1].Array[0, 5]).Select((bytes, shares) =>
            (bytes, Split(bytes, [.. shares.Select(share => (int)(share * bytes.Length))])));

    /// <summary>Segments of one length, with an empty one between every two.</summary>
    public static ReadOnlySequence<byte> Of(byte[] bytes, int segmentLength)
    {
        int count = (bytes.Length + segmentLength - 1) / segmentLength;
        return Split(bytes, [.. Enumerable.Range(0, count).Select(i => i * segmentLength).SelectMany(cut => (int[])[cut, cut]), bytes.Length]);
    }

    public static ReadOnlySequence<byte> Split(byte[] bytes, params int[] cuts)
    {
        int[] ends = [.. cuts.Order(), bytes.Length];
        var first = new Segment(bytes.AsMemory(0, ends[0]), 0);
        Segment last = first;
        for (int i = 1; i < ends.Length; i++)
            last = last.Append(bytes.AsMemory(ends[i - 1], ends[i] - ends[i - 1]));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
