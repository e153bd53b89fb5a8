namespace Kafscale.Broker.Partitions;

/// <summary>
/// Where somebody reads on in a partition, and what was read ahead for it. Used by one fetch at a time: the one that continues it takes
/// it out of <see cref="SequentialReaders"/>.
/// </summary>
internal sealed class SequentialReader
{
    // The ends of the segments and slices that reading ahead has come to, as far as the reader has not passed them.
    private readonly Queue<long> _endsAhead = [];

    /// <summary>The offset that it reads next.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Where that offset's batch begins; <see langword="null"/> where it is the first of a segment or slice.</summary>
    public LogRange? Next { get; private set; }

    /// <summary>How many bytes are to be ahead of it; 0 until it has read on once.</summary>
    public long WindowBytes { get; private set; }

    /// <summary>How many bytes behind <see cref="NextOffset"/> were asked for.</summary>
    public long AheadBytes { get; private set; }

    /// <summary>Where reading ahead goes on; <see langword="null"/>: at the next offset.</summary>
    public LogRange? Ahead { get; private set; }

    /// <summary>How many segments and slices reading ahead has begun.</summary>
    public int RangesAhead => _endsAhead.Count;

    /// <summary>It has read up to an offset.</summary>
    public void MoveTo(long nextOffset, LogRange? next, long readBytes)
    {
        NextOffset = nextOffset;
        Next = next;
        AheadBytes -= readBytes;
        while (_endsAhead.TryPeek(out var end) && end <= nextOffset)
        {
            _endsAhead.Dequeue();
        }

        if (AheadBytes <= 0)
        {
            AheadBytes = 0;
            Ahead = null;
            _endsAhead.Clear();
        }
    }

    /// <summary>It reads on and on: the more so, the more is read ahead.</summary>
    public void Grow(long readBytes, long minWindowBytes, long maxWindowBytes) =>
        WindowBytes = Math.Clamp(2 * Math.Max(WindowBytes, readBytes), minWindowBytes, maxWindowBytes);

    /// <summary>Reading ahead comes to another segment or slice.</summary>
    public void EnterAhead(in LogRange range)
    {
        _endsAhead.Enqueue(range.EndOffset);
        Ahead = range;
    }

    /// <summary>The bytes of a range up to a position were asked for.</summary>
    public void MoveAheadTo(in LogRange range, long position)
    {
        AheadBytes += position - range.Position;
        Ahead = range with { Position = position };
    }
}
