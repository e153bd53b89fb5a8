using System.Buffers;

namespace Kafscale.Storage.Binary;

/// <summary>Chains pieces of memory into one sequence without copying them. Can be used again for others.</summary>
public sealed class SequenceBuilder
{
    // What few sequences have more of than this is left to the garbage collector.
    private const int MaxKeptSegments = 2048;

    private Segment? _first;
    private Segment? _last;
    private Segment? _idle;

    /// <summary>Bytes of all pieces.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a piece behind the others.</summary>
    public void Append(ReadOnlyMemory<byte> memory)
    {
        if (memory.IsEmpty)
            return;
        var segment = _idle ?? new Segment();
        _idle = segment.Following;
        segment.Set(memory, _last);
        _last = segment;
        _first ??= segment;
        Length += memory.Length;
    }

    /// <summary>Adds the pieces of a sequence.</summary>
    public void Append(in ReadOnlySequence<byte> sequence)
    {
        foreach (var memory in sequence)
            Append(memory);
    }

    /// <summary>All pieces; valid until <see cref="Clear"/>.</summary>
    public ReadOnlySequence<byte> ToSequence() =>
        _last is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first!, 0, _last, _last.Memory.Length);

    /// <summary>Lets go of all memory.</summary>
    public void Clear()
    {
        // Those that are idle still are fewer than were ever in use.
        _last?.Follow(_idle);
        _idle = _first ?? _idle;
        (_first, _last, Length) = (null, null, 0);
        var kept = 0;
        for (var segment = _idle; segment is not null && !segment.Memory.IsEmpty; segment = segment.Following)
        {
            segment.Forget();
            if (++kept == MaxKeptSegments)
                segment.Follow(null);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment? Following => (Segment?)Next;

        public void Set(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            Next = null;
            previous?.Next = this;
        }

        public void Follow(Segment? next) => Next = next;

        public void Forget() => Memory = default;
    }
}
