namespace Kafscale.Storage.Caching;

/// <summary>How much a <see cref="CachedObjectReader"/> keeps.</summary>
public sealed class CacheOptions
{
    /// <summary>The most bytes of objects in memory, those being loaded included; at least two blocks.</summary>
    public required long CapacityBytes { get; init; }

    /// <summary>What is loaded at least when one byte is asked for; a power of two from 4 KiB to 64 MiB.</summary>
    public int BlockBytes { get; init; } = 1024 * 1024;

    internal void Validate()
    {
        if (BlockBytes is < 4 * 1024 or > 64 * 1024 * 1024 || !int.IsPow2(BlockBytes))
            throw new ArgumentException($"A cache block is a power of two from 4 KiB to 64 MiB, not {BlockBytes} bytes.");
        if (CapacityBytes < 2L * BlockBytes)
            throw new ArgumentException($"A cache of {CapacityBytes} bytes has no room for two blocks of {BlockBytes}.");
    }
}
