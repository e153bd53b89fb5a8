using System.Runtime.CompilerServices;
using Kafscale.Metadata;

namespace Kafscale.Simulation.Defects;

/// <summary>A metadata store between a broker and the real one, which does something else than it is asked to.</summary>
internal sealed class DefectiveMetadataStore(IMetadataStore store) : IMetadataStore
{
    /// <summary>What is committed in place of what the broker asks for.</summary>
    public Func<MetadataTransaction, MetadataTransaction> Rewrite { get; init; } = transaction => transaction;

    /// <summary>How it is committed.</summary>
    public Func<IMetadataStore, MetadataTransaction, CancellationToken, ValueTask<TransactionResult>> Commit { get; init; } =
        (store, transaction, cancellationToken) => store.CommitAsync(transaction, cancellationToken);

    /// <summary>What the broker hears in place of what has happened.</summary>
    public Func<WatchBatch, WatchBatch> Hear { get; init; } = batch => batch;

    /// <summary>The share of the time that the broker counts on, for which its lease really lasts.</summary>
    public double LeaseShare { get; init; } = 1;

    public ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken) =>
        store.RangeAsync(range, limit, revision, cancellationToken);

    public ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken) =>
        Commit(store, Rewrite(transaction), cancellationToken);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        store.GrantLeaseAsync(timeToLive * LeaseShare, cancellationToken);

    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) => store.KeepLeaseAliveAsync(leaseId, cancellationToken);

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) => store.RevokeLeaseAsync(leaseId, cancellationToken);

    public async IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in store.WatchAsync(prefix, fromRevision, cancellationToken))
        {
            yield return Hear(batch);
        }
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => store.CompactAsync(revision, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
