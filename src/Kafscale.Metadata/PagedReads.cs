using System.Runtime.CompilerServices;

namespace Kafscale.Metadata;

/// <summary>Reads ranges of any size, in pages that fit into one answer of a store.</summary>
public static class PagedReads
{
    private const int PageKeys = 1_000;

    /// <summary>Reads the keys of a range in key order, all as of one revision.</summary>
    /// <param name="store">The store.</param>
    /// <param name="range">What to read.</param>
    /// <param name="revision">As of this revision.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RevisionCompactedException"><paramref name="revision"/> is no longer kept, maybe only since the last page.</exception>
    public static async IAsyncEnumerable<MetadataEntry> ReadAsync(
        this IMetadataStore store, KeyRange range, long revision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in ReadPagesAsync(store, range, revision, cancellationToken))
        {
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }
        }
    }

    /// <summary>Reads all keys of a range in key order, as of the newest revision.</summary>
    /// <returns>That revision, and the keys.</returns>
    /// <exception cref="RevisionCompactedException">The revision was compacted away between two pages.</exception>
    public static async Task<(long Revision, List<MetadataEntry> Entries)> ReadAllAsync(
        this IMetadataStore store, KeyRange range, CancellationToken cancellationToken)
    {
        var revision = 0L;
        var entries = new List<MetadataEntry>();
        await foreach (var page in ReadPagesAsync(store, range, revision, cancellationToken))
        {
            revision = revision == 0 ? page.Revision : revision;
            entries.AddRange(page.Entries);
        }

        return (revision, entries);
    }

    private static async IAsyncEnumerable<RangeResult> ReadPagesAsync(
        IMetadataStore store, KeyRange range, long revision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = await store.RangeAsync(range, PageKeys, revision, cancellationToken);
        yield return page;
        revision = revision == 0 ? page.Revision : revision;
        while (page.More)
        {
            // The successor of a key in byte order is the key with a zero byte behind it.
            range = range with { Start = page.Entries[^1].Key + "\0" };
            page = await store.RangeAsync(range, PageKeys, revision, cancellationToken);
            yield return page;
        }
    }
}
