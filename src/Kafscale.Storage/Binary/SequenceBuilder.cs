using System.Buffers;

namespace Kafscale.Storage.Binary;

/// <summary>Chains pieces of memory into one sequence without copying them.</summary>
internal sealed class SequenceBuilder
{
    private Segment? _first;
    private Segment? _last;

    public long Length { get; private set; }

    public void Append(ReadOnlyMemory<byte> memory)
    {
        if (memory.IsEmpty)
            return;
        _last = new Segment(memory, _last);
        _first ??= _last;
        Length += memory.Length;
    }

    public void Append(in ReadOnlySequence<byte> sequence)
    {
        foreach (var memory in sequence)
            Append(memory);
    }

    public ReadOnlySequence<byte> ToSequence() =>
        _last is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first!, 0, _last, _last.Memory.Length);

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
