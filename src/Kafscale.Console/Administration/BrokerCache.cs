namespace Kafscale.Console.Administration;

/// <summary>What a cache holds and how well it answers.</summary>
public sealed record BrokerCache(long Bytes, long LimitBytes, long Hits, long Misses, double? HitRate);
