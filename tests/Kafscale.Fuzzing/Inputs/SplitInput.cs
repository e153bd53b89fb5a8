using System.Buffers;

namespace Kafscale.Fuzzing.Inputs;

/// <summary>Cuts inputs into segments, as they come from a connection. Where is a matter of the input alone.</summary>
internal static class SplitInput
{
    /// <summary>One of four inputs is cut, by its length.</summary>
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> input) =>
        input.Length % 4 == 0 && input.Length > 0 ? InSegmentsOf(input, 1 + (input.Length / 4 % 13)) : new ReadOnlySequence<byte>(input);

    public static ReadOnlySequence<byte> InSegmentsOf(ReadOnlyMemory<byte> input, int length)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, 0);
        Segment last = first;
        for (int position = 0; position < input.Length; position += length)
        {
            last = last.Append(input.Slice(position, Math.Min(length, input.Length - position)));
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
