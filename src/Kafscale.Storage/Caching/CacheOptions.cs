using System.Numerics;

namespace Kafscale.Storage.Caching;

/// <summary>How much a <see cref="CachedObjectReader"/> keeps, and how much it loads at a time.</summary>
public sealed class CacheOptions
{
    // Of the capacity. What is read ahead must find its place beside the tail, whose half nobody takes, and beside what is read again.
    private const int ReadAheadShare = 4;
    private const int CatchUpShare = 8;
    private const int LoadShare = 32;

    /// <summary>The most bytes of objects in memory, those being loaded included; at least two blocks.</summary>
    public required long CapacityBytes { get; init; }

    /// <summary>The smallest load, where its region is as large: smaller reads load the block that they are in. A power of two from 4 KiB to 64 MiB.</summary>
    public int BlockBytes { get; init; } = 256 * 1024;

    /// <summary>Objects up to this size are loaded as a whole: a request costs more than their bytes.</summary>
    public int SmallObjectBytes { get; init; } = 1024 * 1024;

    /// <summary>The largest load, where the cache is large enough for many of them. A larger one would make the first byte wait too long, and be evicted in too large a piece.</summary>
    public int MaxLoadBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long what was read ahead keeps its place from others where its reader does not come.</summary>
    public TimeSpan ReadAheadPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The largest load that leaves room for others.</summary>
    internal int LargestLoadBytes => (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)CapacityBytes / LoadShare), BlockBytes, MaxLoadBytes);

    /// <summary>The most bytes that are read ahead and not yet used, those being loaded included.</summary>
    internal long ReadAheadBytes => CapacityBytes / ReadAheadShare;

    /// <summary>The most bytes that catch-up reads wait for at a time, beside one read that always may.</summary>
    internal long CatchUpBytes => CapacityBytes / CatchUpShare;

    internal void Validate()
    {
        if (BlockBytes is < 4 * 1024 or > 64 * 1024 * 1024 || !int.IsPow2(BlockBytes))
            throw new ArgumentException($"A cache block is a power of two from 4 KiB to 64 MiB, not {BlockBytes} bytes.");
        if (CapacityBytes < 2L * BlockBytes)
            throw new ArgumentException($"A cache of {CapacityBytes} bytes has no room for two blocks of {BlockBytes}.");
        if (MaxLoadBytes < BlockBytes)
            throw new ArgumentException($"A load of {MaxLoadBytes} bytes has no room for a block of {BlockBytes}.");
    }
}
