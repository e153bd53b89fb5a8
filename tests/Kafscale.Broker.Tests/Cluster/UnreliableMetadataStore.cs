using Kafscale.Metadata;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>A metadata store whose next commits fail, or take effect and then lose their answer.</summary>
internal sealed class UnreliableMetadataStore(IMetadataStore store) : IMetadataStore
{
    private int _commitsToRefuse;
    private int _answersToLose;

    /// <summary>So many of the next commits do nothing and report that the store is not available.</summary>
    public int CommitsToRefuse
    {
        set => _commitsToRefuse = value;
    }

    /// <summary>So many of the next commits are done, and report that the store is not available.</summary>
    public int AnswersToLose
    {
        set => _answersToLose = value;
    }

    /// <summary>Runs before the next commit, once: what somebody else does in between.</summary>
    public Func<Task>? BeforeNextCommit { get; set; }

    public async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        if (BeforeNextCommit is { } intrude)
        {
            BeforeNextCommit = null;
            await intrude();
        }

        if (Interlocked.Decrement(ref _commitsToRefuse) >= 0)
        {
            throw new MetadataUnavailableException("refused");
        }

        var result = await store.CommitAsync(transaction, cancellationToken);
        return Interlocked.Decrement(ref _answersToLose) >= 0 ? throw new MetadataUnavailableException("lost") : result;
    }

    public ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken) =>
        store.RangeAsync(range, limit, revision, cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        store.GrantLeaseAsync(timeToLive, cancellationToken);

    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        store.KeepLeaseAliveAsync(leaseId, cancellationToken);

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) => store.RevokeLeaseAsync(leaseId, cancellationToken);

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, fromRevision, cancellationToken);

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => store.CompactAsync(revision, cancellationToken);

    // The store belongs to whoever made it.
    public ValueTask DisposeAsync() => default;
}
