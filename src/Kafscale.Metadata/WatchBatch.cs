namespace Kafscale.Metadata;

/// <summary>All changes of one or more consecutive revisions; may be empty, to report progress.</summary>
/// <param name="Revision">The watch has delivered everything up to and including this revision.</param>
/// <param name="Changes">In revision order.</param>
public sealed record WatchBatch(long Revision, IReadOnlyList<MetadataChange> Changes);
