using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Recovery;

/// <summary>Reads all keys of a cluster.</summary>
internal static class MetadataReader
{
    private const int PageKeys = 1_000;

    /// <summary>Every key as of one revision, in key order.</summary>
    public static async Task<(long Revision, List<MetadataEntry> Entries)> ReadAllAsync(
        IMetadataStore store, MetadataKeys keys, CancellationToken cancellationToken)
    {
        var whole = KeyRange.Prefix(keys.Root);
        var page = await store.RangeAsync(whole, PageKeys, 0, cancellationToken);
        var revision = page.Revision;
        var all = new List<MetadataEntry>(page.Entries);
        while (page.More)
        {
            // The successor of a key in byte order is the key with a zero byte behind it.
            page = await store.RangeAsync(whole with { Start = all[^1].Key + "\0" }, PageKeys, revision, cancellationToken);
            all.AddRange(page.Entries);
        }

        return (revision, all);
    }
}
