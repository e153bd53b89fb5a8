namespace Kafscale.Metadata;

/// <summary>One key's change.</summary>
/// <param name="Key">The key.</param>
/// <param name="Revision">When.</param>
/// <param name="Entry">What it is now, or <see langword="null"/> where it was deleted.</param>
public sealed record MetadataChange(string Key, long Revision, MetadataEntry? Entry);
