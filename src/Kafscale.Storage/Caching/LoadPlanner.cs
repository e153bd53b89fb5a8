namespace Kafscale.Storage.Caching;

/// <summary>Decides how much is loaded where some bytes are missing.</summary>
internal sealed class LoadPlanner(CacheOptions options)
{
    // Every request costs about as much as a few hundred kilobytes take to arrive, so some that nobody needs are worth one less;
    // but one partition's reader must not load those of a thousand others.
    private const int LoadedPerAskedBytes = 2;

    /// <summary>What is worth loading along with a range.</summary>
    /// <remarks>
    /// A small object as a whole. Else no more than the region, around a small read, and to the end of a block behind a large one: large ones come one behind the
    /// other, and what lies before has been read. Where several regions of one object are read, as by
    /// the readers of many partitions of a WAL object, so much beyond that the number of loads grows with the logarithm
    /// of the number of regions, while what is loaded stays within a few times of what is asked for.
    /// </remarks>
    public LoadRange Widen(CachedObject cachedObject, in ObjectRegion region, long position, long end)
    {
        if (cachedObject.Length <= options.SmallObjectBytes)
            return new LoadRange(0, cachedObject.Length);
        var isSmall = end - position < options.MinLoadBytes;
        var unit = isSmall ? options.MinLoadBytes : options.BlockBytes;
        var from = Math.Max(region.Start, isSmall ? position / unit * unit : position);
        var to = Math.Min(region.End, (end + unit - 1) / unit * unit);
        if (cachedObject.IsShared)
            to = Math.Max(to, Math.Min(cachedObject.Length, position + Math.Min(cachedObject.AllowanceFor(LoadedPerAskedBytes), options.LargestLoadBytes)));
        return new LoadRange(Math.Min(from, position), Math.Max(to, end));
    }

    /// <summary>Where a load that begins in a gap ends: before what is there already, and before it is too large.</summary>
    public long EndOfLoad(CachedObject cachedObject, in LoadRange wanted, long from) =>
        Math.Min(Math.Min(wanted.To, cachedObject.StartBehind(from)), from + options.LargestLoadBytes);
}
