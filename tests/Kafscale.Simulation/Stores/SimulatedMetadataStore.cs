using System.Runtime.CompilerServices;
using Kafscale.Metadata;
using Kafscale.Metadata.Memory;

namespace Kafscale.Simulation.Stores;

/// <summary>The metadata store as one process reaches it.</summary>
internal sealed class SimulatedMetadataStore(MemoryMetadataStore store, RemoteCalls calls) : IMetadataStore
{
    private CancellationTokenSource _interruption = new();

    /// <summary>Breaks the watches that are there now.</summary>
    public void InterruptWatches()
    {
        var interrupted = _interruption;
        _interruption = new CancellationTokenSource();
        interrupted.Cancel();
    }

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
        () => calls.Conditions.LosesKeepAlives
            ? throw new MetadataUnavailableException("Keep-alives are lost.")
            : Completed(store.KeepLeaseAliveAsync(leaseId, CancellationToken.None)),
        "keep lease alive",
        cancellationToken);

    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) => await CallAsync(
        () => Completed(store.RevokeLeaseAsync(leaseId, CancellationToken.None)), "revoke lease", cancellationToken);

    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequestCheck.Watch(prefix, fromRevision);
        await CallAsync(() => new ValueTask<bool>(true), $"watch from {fromRevision}", cancellationToken);
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _interruption.Token);
        await using var batches = store.WatchAsync(prefix, fromRevision, interrupted.Token).GetAsyncEnumerator(CancellationToken.None);
        while (true)
        {
            try
            {
                await batches.MoveNextAsync();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new MetadataUnavailableException("The watch has ended.");
            }

            await calls.Caller.DelayAsync(calls.Latency() + calls.Conditions.WatchDelay);
            cancellationToken.ThrowIfCancellationRequested();
            if (calls.Link.IsCut || interrupted.IsCancellationRequested)
            {
                throw new MetadataUnavailableException("The watch has ended.");
            }

            yield return batches.Current;
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
