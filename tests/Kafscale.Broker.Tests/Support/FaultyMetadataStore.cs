using System.Runtime.CompilerServices;
using Kafscale.Metadata;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Support;

/// <summary>The metadata store as one broker reaches it.</summary>
internal sealed class FaultyMetadataStore(IMetadataStore inner, Faults faults) : MetadataStoreDecorator(inner)
{
    private readonly List<long> _leases = [];
    private volatile Block? _heldStream;
    private volatile Exception? _damage;

    /// <summary>The lease of the broker's newest session; 0 where it has had none.</summary>
    public long Lease => _leases is [.., var newest] ? newest : 0;

    public override ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken) =>
        RunAsync(StoreOperation.MetadataRange, range.Start, cancellation => base.RangeAsync(range, limit, revision, cancellation), cancellationToken);

    public override ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken) =>
        RunAsync(
            StoreOperation.MetadataCommit,
            string.Join('\n', transaction.Then.Select(KeyOf)),
            cancellation => base.CommitAsync(transaction, cancellation),
            cancellationToken);

    public override ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        RunAsync(
            StoreOperation.LeaseGrant,
            "",
            async cancellation =>
            {
                var lease = await base.GrantLeaseAsync(timeToLive, cancellation);
                _leases.Add(lease);
                return lease;
            },
            cancellationToken);

    public override async ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        await RunAsync(
            StoreOperation.LeaseKeepAlive,
            "",
            async cancellation =>
            {
                await base.KeepLeaseAliveAsync(leaseId, cancellation);
                return true;
            },
            cancellationToken);

    public override async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        await RunAsync(
            StoreOperation.LeaseRevoke,
            "",
            async cancellation =>
            {
                await base.RevokeLeaseAsync(leaseId, cancellation);
                return true;
            },
            cancellationToken);

    /// <summary>Holds the stream of changes up, as it is for a broker that is behind, from the next batch on until it is released.</summary>
    public Block HoldStream() => _heldStream = new Block();

    /// <summary>Ends the stream of changes with the next batch, for good.</summary>
    public void DamageStream(Exception damage) => _damage = damage;

    public override async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in base.WatchAsync(prefix, fromRevision, cancellationToken))
        {
            if (_heldStream is { } held)
            {
                held.Reach();
                await held.Released.WaitAsync(cancellationToken);
            }

            if (_damage is { } damage)
            {
                throw damage;
            }

            yield return batch;
        }
    }

    private static string KeyOf(Operation operation) => operation switch
    {
        Operation.Put put => put.Key,
        Operation.Delete delete => "delete " + delete.Range.Start,
        _ => "",
    };

    private ValueTask<T> RunAsync<T>(StoreOperation operation, string keys, Func<CancellationToken, ValueTask<T>> perform, CancellationToken cancellationToken) =>
        faults.RunAsync(operation, keys, perform, () => new MetadataUnavailableException($"The metadata store does not answer ({operation} {keys})."), cancellationToken);
}
