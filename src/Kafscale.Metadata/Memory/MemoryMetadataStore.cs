using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Memory;

/// <summary>
/// A metadata store in memory, for tests and simulations; every revision is kept until <see cref="CompactAsync"/>.
/// </summary>
/// <remarks>Has no threads of its own: calls complete at once, leases expire in the callbacks of the time provider's timers.</remarks>
public sealed class MemoryMetadataStore : IMetadataStore
{
    private readonly Lock _lock = new();
    private readonly RevisionHistory _history = new(KeySpace.Empty);
    private readonly LeaseTable _leases;

    /// <summary>Makes an empty store.</summary>
    /// <param name="timeProvider">What leases are measured with.</param>
    public MemoryMetadataStore(TimeProvider timeProvider) => _leases = new(timeProvider, DeleteKeysOf);

    /// <inheritdoc/>
    public ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.Range(range, limit);
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        return new(_history.Range(range, limit, revision));
    }

    /// <inheritdoc/>
    public ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.Transaction(transaction);
        lock (_lock)
        {
            var step = _history.Current.Apply(transaction, _leases);
            _history.Publish(step);
            return new(step.Result);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.TimeToLive(timeToLive);
        return new(_leases.Grant(timeToLive));
    }

    /// <inheritdoc/>
    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _leases.KeepAlive(leaseId);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_leases.End(leaseId))
        {
            DeleteKeysOf(leaseId);
        }

        return default;
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

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _leases.Dispose();
        lock (_lock)
        {
            _history.Close(() => new ObjectDisposedException(nameof(MemoryMetadataStore)));
        }

        return default;
    }

    private void DeleteKeysOf(long leaseId)
    {
        lock (_lock)
        {
            // The timer may have fired just before the store was disposed of.
            if (!_history.IsClosed)
            {
                _history.Publish(_history.Current.DeleteKeysOf(leaseId));
            }
        }

        _leases.Forget(leaseId);
    }
}
