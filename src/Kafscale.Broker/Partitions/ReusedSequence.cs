using System.Buffers;

namespace Kafscale.Broker.Partitions;

/// <summary>Presents separate pieces of memory as one sequence, without copying them, and is used again for others.</summary>
internal sealed class ReusedSequence
{
    // What few have more of than this is left to the garbage collector.
    private const int MaxKeptSegments = 2048;

    private readonly List<Segment> _segments = [];
    private int _count;

    /// <summary>Adds a piece behind the others.</summary>
    public void Append(ReadOnlyMemory<byte> memory)
    {
        if (_count == _segments.Count)
        {
            _segments.Add(new Segment());
        }

        _segments[_count].Set(memory, _count > 0 ? _segments[_count - 1] : null);
        _count++;
    }

    /// <summary>All pieces; valid until <see cref="Clear"/>.</summary>
    public ReadOnlySequence<byte> ToSequence() => _count switch
    {
        0 => ReadOnlySequence<byte>.Empty,
        1 => new ReadOnlySequence<byte>(_segments[0].Memory),
        _ => new ReadOnlySequence<byte>(_segments[0], 0, _segments[_count - 1], _segments[_count - 1].Memory.Length),
    };

    /// <summary>Lets go of all memory.</summary>
    public void Clear()
    {
        for (var i = 0; i < _count; i++)
        {
            _segments[i].Clear();
        }

        if (_segments.Count > MaxKeptSegments)
        {
            _segments.RemoveRange(MaxKeptSegments, _segments.Count - MaxKeptSegments);
        }

        _count = 0;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public void Set(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            previous?.Next = this;
        }

        public void Clear()
        {
            Memory = default;
            Next = null;
        }
    }
}
