using Grpc.Core;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>The metadata store of a cluster: etcd.</summary>
/// <remarks>
/// <para>One member at a time is talked to. One that does not answer is left for the next; what can be asked twice is asked
/// there. A commit that was sent is never sent again: where its answer is missing, its outcome is unknown.</para>
/// <para>The store keeps nothing but connections, so any number of stores may be used at the same time.</para>
/// </remarks>
public sealed class EtcdMetadataStore : IMetadataStore
{
    private const int PageKeys = 10_000;
    private const int ReadsOfMovingRange = 5;

    private readonly EtcdEndpoints _endpoints;
    private readonly EtcdCalls _calls;
    private readonly EtcdWatches _watches;

    private EtcdMetadataStore(EtcdOptions options, TimeProvider timeProvider, Random random)
    {
        _endpoints = new(options, timeProvider, random);
        _calls = new(_endpoints, new(options, timeProvider), options, timeProvider);
        _watches = new(_endpoints, _calls, timeProvider);
    }

    /// <summary>The address of the member that requests go to now.</summary>
    internal Uri Endpoint => new(_endpoints.Current.Endpoint.Address);

    /// <summary>Makes a store and waits until etcd answers.</summary>
    /// <param name="options">Where etcd is.</param>
    /// <param name="timeProvider">What timeouts are measured with.</param>
    /// <param name="random">Which member is used first.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="EtcdStartException">It does not answer, or cannot be used as it is configured; the message says what to do.</exception>
    public static async Task<EtcdMetadataStore> ConnectAsync(
        EtcdOptions options, TimeProvider timeProvider, Random random, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RequestTimeout, TimeSpan.FromMilliseconds(100));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KeepAliveInterval, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KeepAliveTimeout, TimeSpan.FromSeconds(1));

        var store = new EtcdMetadataStore(options, timeProvider, random);
        try
        {
            await store._calls.ProbeAsync(cancellationToken);
            return store;
        }
        catch (Exception exception)
        {
            await store.DisposeAsync();
            throw exception is MetadataUnavailableException
                ? new EtcdStartException(exception.Message, exception)
                : exception;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A large range is read in pages, all of one revision.</remarks>
    public async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.Range(range, limit);
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ReadPagesAsync(range, limit, revision, cancellationToken);
            }
            catch (EtcdRequestException exception) when (exception.Error == EtcdError.Compacted)
            {
                if (revision != 0)
                {
                    throw new RevisionCompactedException(await _watches.FindCompactRevisionAsync(range, revision, cancellationToken), exception);
                }

                // The revision of the first page was compacted away before the last: a newer one can be read.
                if (attempt == ReadsOfMovingRange)
                {
                    throw new MetadataUnavailableException(
                        $"etcd was compacted while a range was read, {ReadsOfMovingRange} times: it is compacted too often, or too slow.", exception);
                }
            }
            catch (EtcdRequestException exception) when (exception.Error == EtcdError.FutureRevision)
            {
                throw new ArgumentOutOfRangeException($"The revision {revision} is yet to come.", exception);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.Transaction(transaction);
        try
        {
            var response = await _calls.SendAsync(
                static (stay, request, options) => stay.Endpoint.Keys.TxnAsync(request, options).ResponseAsync,
                EtcdMessages.ToRequest(transaction),
                transaction.OnlyReads ? EtcdEffect.None : EtcdEffect.Once,
                cancellationToken);
            return EtcdMessages.ToResult(response);
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.LeaseNotFound)
        {
            throw new LeaseNotFoundException(await FindMissingLeaseAsync(transaction, cancellationToken), exception);
        }
        catch (EtcdRequestException exception)
        {
            throw new MetadataUnavailableException(
                $"etcd's answer to a transaction cannot be used ({exception.Message}). Whether it was applied is unknown.", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestCheck.TimeToLive(timeToLive);
        var response = await _calls.SendAsync(
            static (stay, request, options) => stay.Endpoint.Leases.LeaseGrantAsync(request, options).ResponseAsync,
            new LeaseGrantRequest { TTL = (long)timeToLive.TotalSeconds },
            EtcdEffect.Once,
            cancellationToken);
        return response.ID;
    }

    /// <inheritdoc/>
    public async ValueTask KeepLeaseAliveAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (await _calls.SendAsync(KeepAliveOnceAsync, leaseId, EtcdEffect.Repeatable, cancellationToken) <= 0)
            {
                throw new LeaseNotFoundException(leaseId);
            }
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.LeaseNotFound)
        {
            throw new LeaseNotFoundException(leaseId, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await _calls.SendAsync(
                static (stay, request, options) => stay.Endpoint.Leases.LeaseRevokeAsync(request, options).ResponseAsync,
                new LeaseRevokeRequest { ID = leaseId },
                EtcdEffect.Repeatable,
                cancellationToken);
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.LeaseNotFound)
        {
            // It has ended, which is what was asked for.
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchBatch> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken)
    {
        RequestCheck.Watch(prefix, fromRevision);
        return _watches.WatchAsync(prefix, fromRevision, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await _calls.SendAsync(
                static (stay, request, options) => stay.Endpoint.Keys.CompactAsync(request, options).ResponseAsync,
                new CompactionRequest { Revision = revision },
                EtcdEffect.Repeatable,
                cancellationToken);
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.Compacted)
        {
            // It is forgotten already.
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.FutureRevision)
        {
            throw new ArgumentOutOfRangeException($"The revision {revision} is yet to come.", exception);
        }
    }

    /// <summary>Ends all calls and watches, and closes the connections.</summary>
    public ValueTask DisposeAsync()
    {
        _endpoints.Dispose();
        return default;
    }

    private static async Task<long> KeepAliveOnceAsync(EtcdStay stay, long leaseId, CallOptions options)
    {
        using var call = stay.Endpoint.Leases.LeaseKeepAlive(options);
        await call.RequestStream.SendAsync(new() { ID = leaseId }, options.CancellationToken);
        var isAnswered = await call.ResponseStream.MoveNext(options.CancellationToken);
        await call.RequestStream.CompleteAsync();
        return isAnswered
            ? call.ResponseStream.Current.TTL
            : throw new RpcException(new(StatusCode.Unavailable, "the stream of keep-alives was closed"));
    }

    private async ValueTask<RangeResult> ReadPagesAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        List<MetadataEntry>? all = null;
        long revisionAtFirst = 0;
        var pageKeys = PageKeys;
        while (true)
        {
            var wanted = limit == 0 ? int.MaxValue : limit - (all?.Count ?? 0);
            RangeResponse page;
            try
            {
                page = await _calls.SendAsync(
                    static (stay, request, options) => stay.Endpoint.Keys.RangeAsync(request, options).ResponseAsync,
                    EtcdMessages.ToRequest(range, Math.Min(wanted, pageKeys), revision),
                    EtcdEffect.None,
                    cancellationToken);
            }
            catch (EtcdRequestException exception) when (exception.Error == EtcdError.ResponseTooLarge && pageKeys > 1)
            {
                pageKeys = Math.Max(1, pageKeys / 8);
                continue;
            }

            if (all is null)
            {
                revisionAtFirst = page.Header.Revision;
                all = new(page.Kvs.Count);
            }

            foreach (var keyValue in page.Kvs)
            {
                all.Add(EtcdMessages.ToEntry(keyValue));
            }

            if (!page.More || page.Kvs.Count == wanted)
            {
                return new(revisionAtFirst, all, page.More);
            }

            revision = revision == 0 ? revisionAtFirst : revision;

            // The successor of a key in byte order is the key with a zero byte behind it.
            range = range with { Start = all[^1].Key + "\0" };
        }
    }

    /// <summary>Which of a transaction's leases does not exist; the first where none can be told.</summary>
    private async ValueTask<long> FindMissingLeaseAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        long[] leases = [.. transaction.Then.Concat(transaction.Else).OfType<Operation.Put>()
            .Select(put => put.LeaseId).Where(leaseId => leaseId != 0).Distinct()];
        if (leases.Length > 1)
        {
            foreach (var leaseId in leases)
            {
                var lease = await _calls.SendAsync(
                    static (stay, request, options) => stay.Endpoint.Leases.LeaseTimeToLiveAsync(request, options).ResponseAsync,
                    new LeaseTimeToLiveRequest { ID = leaseId },
                    EtcdEffect.None,
                    cancellationToken);
                if (lease.TTL < 0)
                {
                    return leaseId;
                }
            }
        }

        return leases[0];
    }
}
