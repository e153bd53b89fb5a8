using Kafscale.Metadata;

namespace Kafscale.Testing;

/// <summary>A metadata store that does what another one does, except for what a test overrides.</summary>
public abstract class MetadataStoreDecorator(IMetadataStore inner) : IMetadataStore
{
    /// <inheritdoc/>
    public virtual ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken) =>
        inner.RangeAsync(range, limit, revision, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken) =>
        inner.CommitAsync(transaction, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        inner.GrantLeaseAsync(timeToLive, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        inner.KeepLeaseAliveAsync(leaseId, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        inner.RevokeLeaseAsync(leaseId, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) =>
        inner.WatchAsync(prefix, fromRevision, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => inner.CompactAsync(revision, cancellationToken);

    /// <summary>Leaves the store to whoever made it.</summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}
