using System.Buffers;

namespace Kafscale.Storage.Caching;

/// <summary>A whole object in memory that belongs to somebody else, who is kept from reusing it.</summary>
internal sealed class InsertedObject : CacheEntry
{
    private readonly ReadOnlySequence<byte> _body;
    private readonly IReferenceCounted _owner;

    // A body has thousands of segments where a flush has many partitions; walking them for every slice would cost more than the rest.
    private readonly ReadOnlySequenceSegment<byte>[] _segments;
    private readonly long _firstIndex;

    public InsertedObject(CachedObject cachedObject, ReadOnlySequence<byte> body, IReferenceCounted owner)
        : base(cachedObject, body.Length)
    {
        _body = body;
        _owner = owner;
        _segments = SegmentsOf(body);
        if (_segments.Length > 0)
            _firstIndex = _segments[0].RunningIndex + body.Start.GetInteger();
        owner.Retain();
    }

    public override ReadOnlySequence<byte> Slice(long position, int length)
    {
        if (_segments.Length == 0)
            return _body.Slice(position, length);
        var start = _firstIndex + position;
        var end = start + length;
        var first = FindSegment(start);
        var last = end <= EndIndexOf(first) ? first : FindSegment(end - 1);
        return new ReadOnlySequence<byte>(first, (int)(start - first.RunningIndex), last, (int)(end - last.RunningIndex));
    }

    protected override void FreeMemory() => _owner.Release();

    private static long EndIndexOf(ReadOnlySequenceSegment<byte> segment) => segment.RunningIndex + segment.Memory.Length;

    private static ReadOnlySequenceSegment<byte>[] SegmentsOf(in ReadOnlySequence<byte> body)
    {
        if (body.Start.GetObject() is not ReadOnlySequenceSegment<byte> first)
            return [];
        var last = body.End.GetObject();
        var segments = new List<ReadOnlySequenceSegment<byte>> { first };
        for (var segment = first; !ReferenceEquals(segment, last);)
        {
            segment = segment.Next!;
            segments.Add(segment);
        }

        return [.. segments];
    }

    /// <summary>The last segment that begins at or before the index; an empty one never comes after the one that has the byte.</summary>
    private ReadOnlySequenceSegment<byte> FindSegment(long index)
    {
        var low = 0;
        var high = _segments.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].RunningIndex <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return _segments[low];
    }
}
