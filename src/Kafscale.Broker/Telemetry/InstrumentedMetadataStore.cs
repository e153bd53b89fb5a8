using System.Runtime.CompilerServices;
using Kafscale.Metadata;

namespace Kafscale.Broker.Telemetry;

/// <summary>Measures every request to the metadata store. What it is put around belongs to somebody else.</summary>
/// <param name="inner">The store.</param>
/// <param name="appliedRevision">What the broker's watch has brought.</param>
/// <param name="lag">Is told of what was committed.</param>
/// <param name="metrics">Is told of every request.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class InstrumentedMetadataStore(
    IMetadataStore inner, Func<long> appliedRevision, MetadataWatchLag lag, MetadataMetrics metrics, TimeProvider timeProvider) : IMetadataStore
{
    public ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken) =>
        MeasureAsync("range", timeProvider.GetTimestamp(), inner.RangeAsync(range, limit, revision, cancellationToken));

    public async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        var result = await MeasureAsync("commit", timeProvider.GetTimestamp(), inner.CommitAsync(transaction, cancellationToken));
        if (result.Succeeded && transaction.Then.Any(operation => operation is Operation.Put))
        {
            // Others may write to the same store, and of what they do the watch tells late.
            lag.OnCommitted(result.Revision, appliedRevision());
        }

        return result;
    }

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        MeasureAsync("grant_lease", timeProvider.GetTimestamp(), inner.GrantLeaseAsync(timeToLive, cancellationToken));

    public ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        MeasureAsync("keep_alive", timeProvider.GetTimestamp(), inner.KeepLeaseAliveAsync(leaseId, cancellationToken));

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        MeasureAsync("revoke_lease", timeProvider.GetTimestamp(), inner.RevokeLeaseAsync(leaseId, cancellationToken));

    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken)
    {
        metrics.OnWatchBegun();
        return inner.WatchAsync(prefix, fromRevision, cancellationToken);
    }

    public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) =>
        MeasureAsync("compact", timeProvider.GetTimestamp(), inner.CompactAsync(revision, cancellationToken));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string OutcomeOf(Exception exception) => exception switch
    {
        OperationCanceledException => "cancelled",
        MetadataUnavailableException => "unavailable",
        _ => "failed",
    };

    private async ValueTask MeasureAsync(string operation, long startedAt, ValueTask request)
    {
        try
        {
            await request;
        }
        catch (Exception exception)
        {
            metrics.OnCompleted(operation, OutcomeOf(exception), timeProvider.GetElapsedTime(startedAt));
            throw;
        }

        metrics.OnCompleted(operation, "success", timeProvider.GetElapsedTime(startedAt));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> MeasureAsync<T>(string operation, long startedAt, ValueTask<T> request)
    {
        try
        {
            var result = await request;
            metrics.OnCompleted(operation, "success", timeProvider.GetElapsedTime(startedAt));
            return result;
        }
        catch (Exception exception)
        {
            metrics.OnCompleted(operation, OutcomeOf(exception), timeProvider.GetElapsedTime(startedAt));
            throw;
        }
    }
}
