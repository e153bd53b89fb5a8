namespace Kafscale.Metadata;

/// <summary>A read or watch asked for a revision that has been compacted away.</summary>
public sealed class RevisionCompactedException(long compactRevision, Exception? innerException = null)
    : Exception($"Revisions before {compactRevision} are no longer kept.", innerException)
{
    /// <summary>The oldest revision that is kept.</summary>
    public long CompactRevision { get; } = compactRevision;
}
