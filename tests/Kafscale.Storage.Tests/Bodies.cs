using System.Buffers;

namespace Kafscale.Storage.Tests;

/// <summary>Makes the byte sequences that tests write, and reads objects back whole.</summary>
internal static class Bodies
{
    public static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ReadOnlySequence<byte> Whole(byte[] bytes) => new(bytes);

    /// <summary>The same bytes in segments of the given size, with empty segments between them.</summary>
    public static ReadOnlySequence<byte> InSegments(byte[] bytes, int segmentLength)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, null);
        var last = first;
        for (var position = 0; position < bytes.Length; position += segmentLength)
        {
            last = new Segment(bytes.AsMemory(position, Math.Min(segmentLength, bytes.Length - position)), last);
            last = new Segment(ReadOnlyMemory<byte>.Empty, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
