namespace Kafscale.Storage.Caching;

/// <summary>What the cache has of one object: either all of it, as it was inserted, or some blocks. Guarded by the cache's lock.</summary>
internal sealed class CachedObject
{
    public CachedObject(string key, long length, int blockBytes)
    {
        Key = key;
        Length = length;
        Blocks = new LoadedExtent?[(length + blockBytes - 1) / blockBytes];
    }

    public CachedObject(string key, long length)
    {
        Key = key;
        Length = length;
        Blocks = [];
    }

    public string Key { get; }

    public long Length { get; }

    public InsertedObject? Whole { get; set; }

    /// <summary>For every block the extent that has it or will have it when it is loaded.</summary>
    public LoadedExtent?[] Blocks { get; }

    public int ExtentCount { get; private set; }

    public bool IsEmpty => Whole is null && ExtentCount == 0;

    public void Attach(LoadedExtent extent)
    {
        Blocks.AsSpan(extent.FirstBlock, extent.BlockCount).Fill(extent);
        ExtentCount++;
    }

    public void Detach(CacheEntry entry)
    {
        entry.IsAttached = false;
        if (entry is LoadedExtent extent)
        {
            Blocks.AsSpan(extent.FirstBlock, extent.BlockCount).Clear();
            ExtentCount--;
        }
        else
        {
            Whole = null;
        }
    }
}
