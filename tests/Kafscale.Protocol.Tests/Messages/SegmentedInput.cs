using System.Buffers;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Bytes as a sequence of short segments, as a socket may deliver them.</summary>
internal static class SegmentedInput
{
    /// <summary>Segments of the given length, with an empty one between every two.</summary>
    public static ReadOnlySequence<byte> Of(byte[] bytes, int segmentLength)
    {
        Segment first = new(ReadOnlyMemory<byte>.Empty, 0);
        Segment last = first;
        for (int start = 0; start < bytes.Length; start += segmentLength)
        {
            int length = Math.Min(segmentLength, bytes.Length - start);
            last = last.Append(bytes.AsMemory(start, length)).Append(ReadOnlyMemory<byte>.Empty);
        }

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
