namespace Kafscale.Metadata;

/// <summary>
/// A small, strongly consistent key-value store with revisions, transactions, leases and watches: etcd's model.
/// </summary>
/// <remarks>
/// <para>Every successful transaction that changes anything takes the next revision; revisions are dense per store and
/// never reused. Keys are UTF-8 strings ordered by their bytes, at most 1,024 bytes; values at most 1 MiB.</para>
/// <para>All reads are linearizable. A call that throws <see cref="MetadataUnavailableException"/> may or may not have
/// taken effect: the caller reads back what it wrote.</para>
/// <para>Limits, checked in every implementation because etcd has them: <see cref="MetadataLimits"/>.</para>
/// </remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>Reads the keys of a range in key order, as of one revision.</summary>
    /// <param name="range">One key, a prefix, or an interval.</param>
    /// <param name="limit">At most this many keys, 0 for all; <see cref="RangeResult.More"/> tells whether there were more.</param>
    /// <param name="revision">As of this revision, or 0 for the newest.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RevisionCompactedException"><paramref name="revision"/> is no longer kept.</exception>
    /// <exception cref="ArgumentException">The range breaks a limit, or <paramref name="revision"/> is yet to come.</exception>
    ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken);

    /// <summary>
    /// Applies one of a transaction's two lists of operations, by whether all its comparisons hold, atomically and durably.
    /// </summary>
    /// <param name="transaction">What to compare and to do.</param>
    /// <param name="cancellationToken">Gives up waiting; the transaction may take effect all the same.</param>
    /// <exception cref="LeaseNotFoundException">A put names a lease that does not exist; nothing was applied.</exception>
    /// <exception cref="ArgumentException">
    /// The transaction breaks one of <see cref="MetadataLimits"/>, or a branch of it changes a key twice; nothing was applied.
    /// </exception>
    ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Grants a lease; its keys are deleted when it is revoked or not kept alive for its time to live.</summary>
    /// <param name="timeToLive">Whole seconds, 1 s to 1 h.</param>
    /// <param name="cancellationToken">Gives up waiting; a lease that was granted all the same expires by itself.</param>
    /// <returns>The lease's id, never 0.</returns>
    ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken);

    /// <summary>Starts the lease's time to live anew.</summary>
    /// <exception cref="LeaseNotFoundException">It has expired or was revoked.</exception>
    ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken);

    /// <summary>Ends a lease and deletes its keys in one revision; a lease that does not exist counts as ended.</summary>
    ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken);

    /// <summary>
    /// Every change under a prefix from a revision on, in revision order, without gap or repetition; ends only by
    /// cancellation or an exception. Changes of one revision always arrive in one <see cref="WatchBatch"/>. Sooner or later a
    /// batch reports every revision of the store as delivered, also one that changed nothing under the prefix.
    /// </summary>
    /// <param name="prefix">Keys that begin with this; empty for all.</param>
    /// <param name="fromRevision">The first revision of interest, at least 1; may lie in the future.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RevisionCompactedException">
    /// <paramref name="fromRevision"/> is no longer kept, or is the oldest that is, whose deletions a store may have forgotten:
    /// read the range anew.
    /// </exception>
    IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets old values and deletions before a revision; the newest value of every key stays. Does nothing where they are
    /// forgotten already.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="revision"/> is yet to come.</exception>
    ValueTask CompactAsync(long revision, CancellationToken cancellationToken);
}
