namespace Kafscale.Broker.Partitions;

/// <summary>The object key of a version of a partition's manifest.</summary>
internal sealed record ManifestKey(long Version, string Key);
