namespace Kafscale.Storage.Caching;

/// <summary>A part of an object that whoever reads in it goes on to read: the records of a segment, or of one partition's slice.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="ObjectLength">The object's size in bytes.</param>
/// <param name="Start">Where the part begins.</param>
/// <param name="End">Where it ends, exclusive; at most <paramref name="ObjectLength"/>.</param>
public readonly record struct ObjectRegion(string Key, long ObjectLength, long Start, long End)
{
    /// <summary>All of an object.</summary>
    public static ObjectRegion Whole(string key, long objectLength) => new(key, objectLength, 0, objectLength);
}
