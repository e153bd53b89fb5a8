using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Sqlite;

/// <summary>
/// The metadata store of an installation of exactly one broker: one SQLite file, which it locks for as long as it is open.
/// </summary>
/// <remarks>
/// <para>A commit that returned survives the end of the process and of the power. Transactions that arrive while another is
/// on its way to the disk share the next flush; each keeps its own revision, and either all of it is applied or nothing.</para>
/// <para>Reads and watches are answered from memory, which shows a revision once it is on the disk and not before.</para>
/// <para>Leases live as long as the process: keys that had one are deleted, in one revision, when the file is opened.</para>
/// </remarks>
public sealed class SqliteMetadataStore : IMetadataStore
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly RevisionHistory _history;
    private readonly LeaseTable _leases;
    private readonly CommitThread _commits;

    private SqliteMetadataStore(MetadataFile file, RevisionHistory history, SqliteMetadataOptions options, TimeProvider timeProvider)
    {
        _history = history;
        _leases = new(timeProvider, DeleteKeysOfExpired);
        _commits = new(file, history, options, OnLeaseStepDone);
    }

    /// <summary>Opens or creates a database; reads all of it, so it blocks for a moment.</summary>
    /// <param name="options">Where, and its bounds.</param>
    /// <param name="timeProvider">What leases are measured with.</param>
    /// <exception cref="MetadataFileException">The file cannot be used; the message says why and what to do.</exception>
    public static SqliteMetadataStore Open(SqliteMetadataOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Path);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RevisionsKept, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HistoryBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumBytes, 65_536);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueuedTransactions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueuedBytes, 1);

        var file = MetadataFile.Open(options);
        try
        {
            var keySpace = file.Load();
            var history = new RevisionHistory(keySpace, options.RevisionsKept, options.HistoryBytes);

            // No other process can hold a lease here, so those of the predecessor have ended with it.
            var withoutLeases = keySpace.DeleteLeasedKeys();
            if (withoutLeases.Changes.Count > 0)
            {
                file.Write([withoutLeases]);
                history.Publish(withoutLeases);
            }

            return new(file, history, options, timeProvider);
        }
        catch (Exception exception)
        {
            file.Dispose();
            throw exception is MetadataUnavailableException ? new MetadataFileException(exception.Message, exception) : exception;
        }
    }

    /// <inheritdoc/>
    public ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.Range(range, limit);
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        return new(_history.Range(range, limit, revision));
    }

    /// <inheritdoc/>
    /// <remarks>A transaction that was cancelled may have taken effect. One that only reads does not wait for the disk.</remarks>
    public ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = RequestCheck.Transaction(transaction);
        if (transaction.OnlyReads)
        {
            return new(_history.Current.Apply(transaction, _leases).Result);
        }

        var step = new PendingStep(keySpace => keySpace.Apply(transaction, _leases), bytes);
        _commits.Add(step);
        return new(step.WaitAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.TimeToLive(timeToLive);
        _history.ThrowIfClosed();
        return new(_leases.Grant(timeToLive));
    }

    /// <inheritdoc/>
    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _history.ThrowIfClosed();
        _leases.KeepAlive(leaseId);
        return default;
    }

    /// <inheritdoc/>
    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _history.ThrowIfClosed();
        if (_leases.End(leaseId))
        {
            var step = new PendingStep(keySpace => keySpace.DeleteKeysOf(leaseId), 0, leaseId);
            _commits.Add(step);
            await step.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken)
    {
        RequestCheck.Watch(prefix, fromRevision);
        return _history.WatchAsync(prefix, fromRevision, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _history.Compact(revision);
        return default;
    }

    /// <summary>Finishes what was begun, closes the file and gives up its lock.</summary>
    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        _leases.Dispose();
    }

    private void DeleteKeysOfExpired(long leaseId) =>
        _commits.TryAddAlways(new(keySpace => keySpace.DeleteKeysOf(leaseId), 0, leaseId));

    private void OnLeaseStepDone(long leaseId, bool succeeded)
    {
        if (succeeded)
        {
            _leases.Forget(leaseId);
        }
        else
        {
            _leases.ExpireAgain(leaseId, RetryDelay);
        }
    }
}
