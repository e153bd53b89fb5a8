namespace Kafscale.Metadata.Cluster;

/// <summary>
/// How sessions are numbered: by the cluster's incarnation, then by the create revision of the session's key. A metadata store that
/// is rebuilt counts its revisions from the start again, and WAL objects must never get a key that an earlier session used.
/// </summary>
public static class SessionNumbers
{
    // A store that makes 10,000 revisions a second gets there after three years.
    private const int RevisionBits = 40;

    /// <summary>The number of a session.</summary>
    /// <param name="incarnation">How often the cluster's metadata were rebuilt (<c>ClusterRecord.incarnation</c>).</param>
    /// <param name="createRevision">Of the session's key.</param>
    public static long Of(long incarnation, long createRevision) => createRevision < 1L << RevisionBits
        ? (incarnation << RevisionBits) | createRevision
        : throw new InvalidOperationException($"The metadata store is at revision {createRevision}, which session numbers can not hold.");

    /// <summary>The create revision of a session's key.</summary>
    public static long RevisionOf(long session) => session & ((1L << RevisionBits) - 1);

    /// <summary>The incarnation in which a session was begun.</summary>
    public static long IncarnationOf(long session) => session >> RevisionBits;
}
