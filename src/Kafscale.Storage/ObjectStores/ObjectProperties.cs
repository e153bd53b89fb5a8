namespace Kafscale.Storage.ObjectStores;

/// <summary>What a store knows of an object without reading it.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="LastModified">When it was written, by the store's clock.</param>
public readonly record struct ObjectProperties(string Key, long Length, DateTimeOffset LastModified);
