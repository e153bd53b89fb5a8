namespace Kafscale.Metadata;

/// <summary>A key with its value and history.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its bytes.</param>
/// <param name="CreateRevision">When it came into being; unique for every life of a key.</param>
/// <param name="ModRevision">When it was last changed.</param>
/// <param name="LeaseId">The lease that it lives with, or 0.</param>
public sealed record MetadataEntry(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long LeaseId);
