namespace Kafscale.Storage.Caching;

/// <summary>Decides how much is loaded where some bytes are missing.</summary>
internal sealed class LoadPlanner(CacheOptions options)
{
    // Every request costs about as much as a few hundred kilobytes take to arrive, so some that nobody needs are worth one less;
    // but one partition's reader must not load those of a thousand others.
    private const int LoadedPerAskedBytes = 2;

    /// <summary>What is worth loading along with a range.</summary>
    /// <remarks>
    /// A small object as a whole. Else no more than the region: the block around a small read, unless that would be gone before it is of use, and a
    /// large one as it is, because large ones come one behind the other. Where several regions of one object are read, as by the readers of many partitions of a WAL
    /// object, so much beyond that the number of loads grows with the logarithm of the number of regions, while what is
    /// loaded stays within a few times of what is asked for.
    /// </remarks>
    public LoadRange Widen(CachedObject cachedObject, in ObjectRegion region, long position, long end, bool isExact)
    {
        if (cachedObject.Length <= options.SmallObjectBytes)
            return new LoadRange(0, cachedObject.Length, cachedObject.Length);
        var from = position;
        var to = end;
        if (!isExact && end - position < options.BlockBytes)
        {
            from = Math.Max(region.Start, position / options.BlockBytes * options.BlockBytes);
            to = Math.Min(region.End, (end + options.BlockBytes - 1) / options.BlockBytes * options.BlockBytes);
        }

        if (cachedObject.IsShared)
        {
            var allowance = Math.Min(cachedObject.AllowanceFor(LoadedPerAskedBytes), options.LargestLoadBytes);
            to = Math.Max(to, Math.Min(cachedObject.Length, position + allowance));
        }

        return new LoadRange(from, to, isExact ? to : Math.Max(to, region.End));
    }

    /// <summary>What is worth loading before a range is asked for: nothing of what its reader has passed already.</summary>
    public LoadRange WidenAhead(CachedObject cachedObject, in ObjectRegion region, long position, long end)
    {
        var wanted = Widen(cachedObject, region, position, end, isExact: false);
        return cachedObject.Length <= options.SmallObjectBytes ? wanted : wanted with { From = position };
    }

    /// <summary>Where a load that begins in a gap ends: before what is there already, and neither too soon nor too late.</summary>
    public long EndOfLoad(CachedObject cachedObject, in LoadRange wanted, long from)
    {
        var to = Math.Max(wanted.To, Math.Min(wanted.Limit, from + options.BlockBytes));
        return Math.Min(Math.Min(to, cachedObject.StartBehind(from)), from + options.LargestLoadBytes);
    }
}
