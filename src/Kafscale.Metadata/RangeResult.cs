namespace Kafscale.Metadata;

/// <summary>What a range read found.</summary>
/// <param name="Revision">The store's revision at the time of the read, also where that was of an older revision.</param>
/// <param name="Entries">The keys, in key order.</param>
/// <param name="More">Whether the limit cut the result.</param>
public sealed record RangeResult(long Revision, IReadOnlyList<MetadataEntry> Entries, bool More);
