namespace Kafscale.Storage.Caching;

/// <summary>Sizes.</summary>
public sealed record CacheOptions
{
    public required long CapacityBytes { get; init; }

    public int BlockBytes { get; init; } = 1024 * 1024;
}
