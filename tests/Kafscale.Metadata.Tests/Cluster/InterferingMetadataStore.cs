namespace Kafscale.Metadata.Tests.Cluster;

/// <summary>A metadata store to which something happens before a range is read or a watch begins.</summary>
internal sealed class InterferingMetadataStore(IMetadataStore inner) : IMetadataStore
{
    /// <summary>Runs before each read of a range.</summary>
    public Func<ValueTask> BeforeRange { get; set; } = () => default;

    /// <summary>Runs before each watch.</summary>
    public Func<ValueTask> BeforeWatch { get; set; } = () => default;

    /// <summary>How many changes a watch delivers before its connection breaks.</summary>
    public int ChangesPerWatch { get; set; } = int.MaxValue;

    public async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        await BeforeRange();
        return await inner.RangeAsync(range, limit, revision, cancellationToken);
    }

    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeforeWatch();
        var delivered = 0;
        await foreach (var batch in inner.WatchAsync(prefix, fromRevision, cancellationToken))
        {
            if (delivered >= ChangesPerWatch)
            {
                throw new MetadataUnavailableException("The connection of the watch is lost.");
            }

            delivered += batch.Changes.Count;
            yield return batch;
        }
    }

    public ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken) =>
        inner.CommitAsync(transaction, cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        inner.GrantLeaseAsync(timeToLive, cancellationToken);

    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        inner.KeepLeaseAliveAsync(leaseId, cancellationToken);

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        inner.RevokeLeaseAsync(leaseId, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => inner.CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
