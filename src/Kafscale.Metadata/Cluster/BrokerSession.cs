using Google.Protobuf;

namespace Kafscale.Metadata.Cluster;

/// <summary>
/// One life of a broker in the cluster: a lease, the key that lives with it, and the fence that every
/// write on behalf of a leadership carries (architecture, section 3).
/// </summary>
/// <remarks>
/// Invariant 4: a broker without a live session changes nothing that others can see. It is kept by
/// <see cref="CommitFencedAsync"/>, which compares the session key's create revision in the same transaction.
/// </remarks>
public sealed class BrokerSession : IAsyncDisposable
{
    // Until a store has noticed that a lease is over, and how often to look meanwhile.
    private static readonly TimeSpan LeaseSlack = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HeldInterval = TimeSpan.FromMilliseconds(200);

    private readonly IMetadataStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly string _sessionKey;
    private readonly long _leaseId;
    private readonly TimeSpan _timeToLive;
    private readonly long _beganAt;

    // Not disposed: whoever is late to ask whether the session is lost gets an answer.
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stopping = new();
    private long _confirmedAt;
    private int _isDisposed;
    private Task _keepingAlive = Task.CompletedTask;

    private BrokerSession(
        IMetadataStore store, TimeProvider timeProvider, string sessionKey, long leaseId, TimeSpan timeToLive, long incarnation, long revision, long confirmedAt)
    {
        _store = store;
        _timeProvider = timeProvider;
        _sessionKey = sessionKey;
        _leaseId = leaseId;
        _timeToLive = timeToLive;
        _beganAt = confirmedAt;
        _confirmedAt = confirmedAt;
        Revision = revision;
        Number = SessionNumbers.Of(incarnation, revision);
    }

    /// <summary>Unique in the cluster and growing; see <see cref="SessionNumbers"/>.</summary>
    public long Number { get; }

    /// <summary>The create revision of the session key.</summary>
    public long Revision { get; }

    /// <summary>Cancelled when the session has ended, or must be taken to have ended.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// Whether the lease is certainly still alive, counted on the broker's own monotonic clock from the moment the last
    /// confirmed keep-alive was sent: a leader that has been asleep knows before it answers.
    /// </summary>
    public bool IsAlive => !_lost.IsCancellationRequested && _timeProvider.GetElapsedTime(Volatile.Read(ref _confirmedAt)) < _timeToLive;

    /// <summary>How long ago it began.</summary>
    public TimeSpan Age => _timeProvider.GetElapsedTime(_beganAt);

    /// <summary>When it ends unless its lease is renewed; zero once it has ended.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            var left = _timeToLive - _timeProvider.GetElapsedTime(Volatile.Read(ref _confirmedAt));
            return _lost.IsCancellationRequested || left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }
    }

    /// <summary>
    /// Registers a broker. A session that the same process holds still, because it took it for lost, is ended. One of another process
    /// is waited for as long as its lease may last, because a broker that was killed comes back sooner than that.
    /// </summary>
    /// <param name="store">Where to register.</param>
    /// <param name="keys">Where things are.</param>
    /// <param name="record">What others are to know of the broker.</param>
    /// <param name="timeToLive">Of the lease.</param>
    /// <param name="timeProvider">What the lease and the wait are measured with.</param>
    /// <param name="onHeld">Told once where another process holds the id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerIdInUseException">A live session of another process holds the same broker id.</exception>
    /// <exception cref="MetadataUnavailableException">The store does not answer.</exception>
    public static async Task<BrokerSession> RegisterAsync(
        IMetadataStore store,
        MetadataKeys keys,
        SessionRecord record,
        TimeSpan timeToLive,
        TimeProvider timeProvider,
        Action<SessionRecord, TimeSpan>? onHeld,
        CancellationToken cancellationToken)
    {
        record = WithLease(record, timeToLive);
        var waitsFor = 0L;
        var waitingSince = 0L;
        while (true)
        {
            var (session, holder) = await TryRegisterAsync(store, keys, record, timeToLive, timeProvider, cancellationToken);
            if (session is not null)
            {
                return session;
            }

            if (holder is not null)
            {
                var held = SessionRecord.Parser.ParseFrom(holder.Value.Span);
                if (record.InstanceId.Length > 0 && held.InstanceId == record.InstanceId)
                {
                    await EndAsync(store, holder, cancellationToken);
                    continue;
                }

                var patience = TimeSpan.FromMilliseconds(held.LeaseTtlMs) + LeaseSlack;
                if (waitsFor == 0)
                {
                    waitsFor = holder.CreateRevision;
                    waitingSince = timeProvider.GetTimestamp();
                    onHeld?.Invoke(held, patience);
                }

                // Another one than before is one that has just begun.
                if (holder.CreateRevision != waitsFor || timeProvider.GetElapsedTime(waitingSince) >= patience)
                {
                    throw new BrokerIdInUseException(record.BrokerId, $"{held.Host}:{held.Port}");
                }
            }

            await Task.Delay(HeldInterval, timeProvider, cancellationToken);
        }
    }

    /// <summary>Commits a transaction that counts only while this session lives.</summary>
    /// <param name="comparisons">Further conditions.</param>
    /// <param name="operations">What to do where they hold.</param>
    /// <param name="cancellationToken">Gives up waiting; the transaction may still take effect.</param>
    /// <returns><see langword="null"/> where one of <paramref name="comparisons"/> does not hold, else the result.</returns>
    /// <exception cref="SessionLostException">The session has ended; nothing was applied.</exception>
    /// <exception cref="MetadataUnavailableException">Whether it was applied is unknown.</exception>
    public async ValueTask<TransactionResult?> CommitFencedAsync(
        IReadOnlyList<Comparison> comparisons, IReadOnlyList<Operation> operations, CancellationToken cancellationToken)
    {
        var result = await _store.CommitAsync(
            new MetadataTransaction
            {
                Comparisons = [Comparison.CreateRevision(_sessionKey, Revision), .. comparisons],
                Then = operations,
                Else = [new Operation.Get(KeyRange.Key(_sessionKey))],
            },
            cancellationToken);
        if (result.Succeeded)
        {
            return result;
        }

        return await IsHeldAsync(result.Reads[0].Entries) ? null : throw new SessionLostException(Number);
    }

    /// <summary>
    /// Asks the store whether the session is still there, on behalf of what must not be told by a broker that was replaced and has not heard of it.
    /// </summary>
    /// <returns>False where it has ended; <see cref="Lost"/> says so too then.</returns>
    /// <exception cref="MetadataUnavailableException">The store does not answer.</exception>
    public async ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken) =>
        IsAlive && await IsHeldAsync((await _store.RangeAsync(KeyRange.Key(_sessionKey), 1, 0, cancellationToken)).Entries);

    /// <summary>Sets a key that goes with the session.</summary>
    public Operation.Put PutWithLease(string key, ReadOnlyMemory<byte> value) => new(key, value, _leaseId);

    /// <summary>Changes what others know of the broker; the session stays the same.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    public async ValueTask UpdateRecordAsync(SessionRecord record, CancellationToken cancellationToken) =>
        await CommitFencedAsync([], [new Operation.Put(_sessionKey, WithLease(record, _timeToLive).ToByteArray(), _leaseId)], cancellationToken);

    /// <summary>Ends the session at once, so that others need not wait for the lease.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _keepingAlive;
        if (!_lost.IsCancellationRequested)
        {
            await RevokeAsync(_store, _leaseId);
            await _lost.CancelAsync();
        }

        _stopping.Dispose();
    }

    // So that the next process of the same id knows how long to wait for it.
    private static SessionRecord WithLease(SessionRecord record, TimeSpan timeToLive) => new(record) { LeaseTtlMs = (long)timeToLive.TotalMilliseconds };

    // Whether the session key, as it was just read, is that of this session.
    private async ValueTask<bool> IsHeldAsync(IReadOnlyList<MetadataEntry> entries)
    {
        if (entries is [var entry, ..] && entry.CreateRevision == Revision)
        {
            return true;
        }

        await _lost.CancelAsync();
        return false;
    }

    // The session, or the key that is in its way, if it still is.
    private static async Task<(BrokerSession? Session, MetadataEntry? Holder)> TryRegisterAsync(
        IMetadataStore store, MetadataKeys keys, SessionRecord record, TimeSpan timeToLive, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var grantedAt = timeProvider.GetTimestamp();
        var leaseId = await store.GrantLeaseAsync(timeToLive, cancellationToken);
        var sessionKey = keys.Session(record.BrokerId);
        TransactionResult result;
        try
        {
            result = await store.CommitAsync(
                new MetadataTransaction
                {
                    Comparisons = [Comparison.Missing(sessionKey)],
                    Then = [new Operation.Put(sessionKey, record.ToByteArray(), leaseId), new Operation.Get(KeyRange.Key(keys.Cluster))],
                    Else = [new Operation.Get(KeyRange.Key(sessionKey))],
                },
                cancellationToken);
        }
        catch (MetadataUnavailableException)
        {
            // The key may be there; it must not keep this broker's own next attempt away until the lease runs out.
            await RevokeAsync(store, leaseId);
            throw;
        }

        if (!result.Succeeded)
        {
            await RevokeAsync(store, leaseId);
            return (null, result.Reads[0].Entries is [var holder, ..] ? holder : null);
        }

        var incarnation = result.Reads[0].Entries is [var cluster, ..] ? ClusterRecord.Parser.ParseFrom(cluster.Value.Span).Incarnation : 0;
        var session = new BrokerSession(store, timeProvider, sessionKey, leaseId, timeToLive, incarnation, result.Revision, grantedAt);
        session._keepingAlive = session.KeepAliveAsync();
        return (session, null);
    }

    private static async ValueTask EndAsync(IMetadataStore store, MetadataEntry holder, CancellationToken cancellationToken) => await store.CommitAsync(
        new MetadataTransaction
        {
            Comparisons = [Comparison.CreateRevision(holder.Key, holder.CreateRevision)],
            Then = [new Operation.Delete(KeyRange.Key(holder.Key))],
        },
        cancellationToken);

    private static async ValueTask RevokeAsync(IMetadataStore store, long leaseId)
    {
        try
        {
            await store.RevokeLeaseAsync(leaseId, CancellationToken.None);
        }
        catch (MetadataUnavailableException)
        {
            // The lease runs out by itself.
        }
    }

    private async Task KeepAliveAsync()
    {
        // A third of the time to live leaves two attempts before the lease is gone. Where the store was slow to grant it, some of
        // that has passed already.
        var interval = _timeToLive / 3 - _timeProvider.GetElapsedTime(_confirmedAt);
        interval = interval > TimeSpan.Zero ? interval : TimeSpan.Zero;
        try
        {
            while (true)
            {
                await Task.Delay(interval, _timeProvider, _stopping.Token);
                if (!IsAlive)
                {
                    await _lost.CancelAsync();
                    return;
                }

                interval = await TryKeepAliveAsync() ? _timeToLive / 3 : _timeToLive / 10;
            }
        }
        catch (LeaseNotFoundException)
        {
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposal ends the loop.
        }
        catch
        {
            // Whoever owns the session learns from it, and is told why at its disposal.
            await _lost.CancelAsync();
            throw;
        }
    }

    // However long the store is silent, the end of the lease is noticed in time.
    private async Task<bool> TryKeepAliveAsync()
    {
        using var attempt = new CancellationTokenSource(_timeToLive / 4, _timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, _stopping.Token);
        var sentAt = _timeProvider.GetTimestamp();
        try
        {
            await _store.KeepLeaseAliveAsync(_leaseId, end.Token);
            Volatile.Write(ref _confirmedAt, sentAt);
            return true;
        }
        catch (MetadataUnavailableException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
