using System.Runtime.CompilerServices;
using Kafscale.Metadata;
using Kafscale.Metadata.Memory;

namespace Kafscale.Simulation.Stores;

/// <summary>The metadata store as one process reaches it.</summary>
internal sealed class SimulatedMetadataStore(MemoryMetadataStore store, RemoteCalls calls) : IMetadataStore
{
    private int _interruptions;

    /// <summary>Breaks the watches that are there now.</summary>
    public void InterruptWatches() => _interruptions++;

    public async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        RequestCheck.Range(range, limit);
        return await CallAsync(() => store.RangeAsync(range, limit, revision, CancellationToken.None), $"range {range.Start}", cancellationToken);
    }

    public async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        RequestCheck.Transaction(transaction);
        return await CallAsync(() => store.CommitAsync(transaction, CancellationToken.None), "commit", cancellationToken);
    }

    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        RequestCheck.TimeToLive(timeToLive);
        return await CallAsync(() => store.GrantLeaseAsync(timeToLive, CancellationToken.None), "grant lease", cancellationToken);
    }

    public async ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) => await CallAsync(
        () => Completed(store.KeepLeaseAliveAsync(leaseId, CancellationToken.None)), "keep lease alive", cancellationToken);

    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) => await CallAsync(
        () => Completed(store.RevokeLeaseAsync(leaseId, CancellationToken.None)), "revoke lease", cancellationToken);

    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequestCheck.Watch(prefix, fromRevision);
        var interruptions = _interruptions;
        await foreach (var batch in store.WatchAsync(prefix, fromRevision, cancellationToken))
        {
            await calls.Caller.DelayAsync(calls.Latency());
            cancellationToken.ThrowIfCancellationRequested();
            if (calls.Link.IsCut || interruptions != _interruptions)
            {
                throw new MetadataUnavailableException("The watch has ended.");
            }

            yield return batch;
        }
    }

    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => await CallAsync(
        () => Completed(store.CompactAsync(revision, CancellationToken.None)), "compact", cancellationToken);

    // The store is everybody's.
    public ValueTask DisposeAsync() => default;

    private static ValueTask<bool> Completed(ValueTask done)
    {
        done.GetAwaiter().GetResult();
        return new(true);
    }

    private Task<T> CallAsync<T>(Func<ValueTask<T>> perform, string request, CancellationToken cancellationToken) => calls.CallAsync(
        () =>
        {
            calls.Caller.Scheduler.Trace.Write("metadata", $"{request} for {calls.Caller.Name}");

            // The store in memory answers at once.
            return perform().GetAwaiter().GetResult();
        },
        _ => new MetadataUnavailableException($"The metadata store does not answer ({request})."),
        cancellationToken);
}
