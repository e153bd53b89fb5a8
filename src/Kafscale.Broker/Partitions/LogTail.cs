namespace Kafscale.Broker.Partitions;

/// <summary>
/// The committed slices of a partition that are not in a segment yet, each of which begins where the one before it ends.
/// Guarded by the lock of the partition's log.
/// </summary>
internal sealed class LogTail
{
    private readonly List<TailSlice> _slices = [];

    public int Count => _slices.Count;

    /// <summary>Of record batches.</summary>
    public long Bytes { get; private set; }

    /// <summary>The first slice, or <see langword="null"/> where there is none.</summary>
    public TailSlice? Oldest => _slices.Count > 0 ? _slices[0] : null;

    /// <summary>A copy that stays as it is, oldest first.</summary>
    public IReadOnlyList<TailSlice> Slices => [.. _slices];

    /// <summary>Adds a slice behind the last one.</summary>
    public void Add(TailSlice slice)
    {
        _slices.Add(slice);
        Bytes += slice.BodyLength;
    }

    /// <summary>Takes out the slices all of whose records are below an offset.</summary>
    /// <returns>Them, oldest first.</returns>
    public IReadOnlyList<TailSlice> RemoveBelow(long offset)
    {
        var removed = _slices.TakeWhile(slice => slice.EndOffset <= offset).ToList();
        _slices.RemoveRange(0, removed.Count);
        Bytes -= removed.Sum(slice => (long)slice.BodyLength);
        return removed;
    }

    /// <summary>As <see cref="PartitionLog.FindInTail"/>.</summary>
    public void Find(long offset, int maxBytes, List<LogRange> ranges)
    {
        var index = IndexOf(offset);
        if (index < 0)
        {
            return;
        }

        // At least one slice, because the first batch may be returned whatever the limit.
        var bytes = 0L;
        do
        {
            var slice = _slices[index++];
            var skipped = ranges.Count == 0 ? slice.FindPosition(offset) : 0;
            ranges.Add(new LogRange(slice.Region, slice.BodyPosition + skipped, slice.BaseOffset, slice.EndOffset, IsMerged: false));
            bytes += slice.BodyLength - skipped;
        }
        while (index < _slices.Count && bytes < maxBytes);
    }

    /// <summary>How many bytes there are from an offset on, counted up to a limit; <see langword="null"/> where no slice holds it.</summary>
    public long? EstimateBytesFrom(long offset, long limit)
    {
        var index = IndexOf(offset);
        if (index < 0)
        {
            return null;
        }

        var bytes = (long)_slices[index].BodyLength - _slices[index].FindPosition(offset);
        while (++index < _slices.Count && bytes < limit)
        {
            bytes += _slices[index].BodyLength;
        }

        return bytes;
    }

    // Of the slice that holds an offset; -1 where there is none.
    private int IndexOf(long offset)
    {
        if (_slices.Count == 0 || offset < _slices[0].BaseOffset || offset >= _slices[^1].EndOffset)
        {
            return -1;
        }

        var low = 0;
        var high = _slices.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_slices[middle].BaseOffset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
