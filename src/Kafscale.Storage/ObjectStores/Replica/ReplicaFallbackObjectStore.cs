using System.Buffers;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>
/// Reads records from a replica of the store, which is near and may be behind, and from the primary what the replica can not give.
/// Everything that writes, lists or decides goes to the primary alone, and so do manifests and indexes, which are small and say
/// where records are.
/// </summary>
/// <remarks>
/// <para>Objects are immutable, so what the replica has is right, with one exception: a deleted topic's segment may still be there
/// when a new topic of that name has one under the same key. So a segment is read from the replica only where its
/// header, which has the time of its creation, is the primary's.</para>
/// <para>The trouble of a replica is never thrown: whoever reads learns of the primary's only.</para>
/// </remarks>
public sealed class ReplicaFallbackObjectStore : IObjectStore, IAsyncDisposable
{
    private readonly IObjectStore _primary;
    private readonly IObjectStore _replica;
    private readonly ReplicaFallbackOptions _options;
    private readonly IReplicaReadObserver _observer;
    private readonly TimeProvider _timeProvider;
    private readonly RecentKeys _missing;
    private readonly RecentKeys _same;
    private readonly ReplicaBreaker _breaker;
    private readonly CancellationTokenSource _stopping = new();
    private Task _probing = Task.CompletedTask;

    /// <summary>Puts a replica before a primary; neither is disposed with it.</summary>
    /// <param name="primary">Has every object.</param>
    /// <param name="replica">Has every object sooner or later. A read that is cancelled must end at once.</param>
    /// <param name="options">When the replica is given up.</param>
    /// <param name="observer">Is told who answered.</param>
    /// <param name="timeProvider">The clock of all of it.</param>
    public ReplicaFallbackObjectStore(
        IObjectStore primary, IObjectStore replica, ReplicaFallbackOptions options, IReplicaReadObserver observer, TimeProvider timeProvider)
    {
        _primary = primary;
        _replica = replica;
        _options = options;
        _observer = observer;
        _timeProvider = timeProvider;
        _missing = new RecentKeys(options.MemoryCapacity, options.MissingMemory, timeProvider);
        _same = new RecentKeys(options.MemoryCapacity, options.SameMemory, timeProvider);
        _breaker = new ReplicaBreaker(options.FailuresUntilSuspended, options.ProbeInterval, timeProvider);
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        _primary.PutAsync(key, body, condition, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var outcome = await TryReadReplicaAsync(key, offset, destination, cancellationToken);
        var length = outcome == ReplicaReadOutcome.Replica
            ? destination.Length
            : await _primary.ReadAsync(key, offset, destination, cancellationToken);
        _observer.OnRead(outcome, length);
        return length;
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => _primary.HeadAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _primary.ListAsync(prefix, startAfter, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => _primary.DeleteAsync(keys, cancellationToken);

    /// <summary>Ends a probe of the replica that is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await Volatile.Read(ref _probing);
        _stopping.Dispose();
    }

    private async ValueTask<ReplicaReadOutcome> TryReadReplicaAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!_options.IsRead(key))
            return ReplicaReadOutcome.PrimaryOnly;
        if (_breaker.IsOpen)
        {
            // Beside the read, so that nobody waits for a replica that most likely does not answer.
            if (_breaker.TryBeginProbe())
                Volatile.Write(ref _probing, ProbeAsync(key));
            return ReplicaReadOutcome.Suspended;
        }

        if (_missing.Contains(key))
            return ReplicaReadOutcome.KnownMissing;
        var header = ObjectKeys.IsSegment(key) && !_same.Contains(key)
            ? await ReadHeaderAsync(_primary, key, cancellationToken)
            : [];
        using var time = new CancellationTokenSource(TimeoutOf(destination.Length), _timeProvider);
        await using var cancelled = cancellationToken.UnsafeRegister(static time => ((CancellationTokenSource)time!).Cancel(), time);
        var outcome = await ReadReplicaAsync(key, offset, destination, header, time.Token, cancellationToken);
        if (outcome is ReplicaReadOutcome.Failed or ReplicaReadOutcome.TimedOut)
        {
            if (_breaker.OnFailure())
                _observer.OnSuspended(isSuspended: true);
            return outcome;
        }

        _breaker.OnSuccess();
        if (outcome is ReplicaReadOutcome.Missing or ReplicaReadOutcome.Stale or ReplicaReadOutcome.Incomplete)
            _missing.Add(key);
        return outcome;
    }

    private async ValueTask<ReplicaReadOutcome> ReadReplicaAsync(
        string key, long offset, Memory<byte> destination, byte[] expectedHeader, CancellationToken endOfTime, CancellationToken cancellationToken)
    {
        try
        {
            if (expectedHeader.Length > 0)
            {
                var header = await ReadHeaderAsync(_replica, key, endOfTime);
                if (!header.AsSpan().SequenceEqual(expectedHeader))
                    return ReplicaReadOutcome.Stale;
                _same.Add(key);
            }

            var length = await _replica.ReadAsync(key, offset, destination, endOfTime);

            // Whoever reads knows how long the object is: where bytes are missing, the replica does not have all of them.
            return length == destination.Length ? ReplicaReadOutcome.Replica : ReplicaReadOutcome.Incomplete;
        }
        catch (ObjectNotFoundException)
        {
            return ReplicaReadOutcome.Missing;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectStoreException { Failure: ObjectStoreFailure.TimedOut })
        {
            return ReplicaReadOutcome.TimedOut;
        }
        catch (Exception)
        {
            // Its own instrumentation has counted it; what the reader needs is the bytes.
            return ReplicaReadOutcome.Failed;
        }
    }

    private async Task ProbeAsync(string key)
    {
        var isSuccess = false;
        using var time = new CancellationTokenSource(_options.Timeout, _timeProvider);
        await using var stopped = _stopping.Token.UnsafeRegister(static time => ((CancellationTokenSource)time!).Cancel(), time);
        try
        {
            await _replica.ReadAsync(key, 0, new byte[1], time.Token);
            isSuccess = true;
        }
        catch (ObjectNotFoundException)
        {
            isSuccess = true;
        }
        catch (Exception)
        {
            // It stays suspended until the next probe.
        }

        _breaker.EndProbe(isSuccess);
        if (isSuccess)
            _observer.OnSuspended(isSuspended: false);
    }

    private TimeSpan TimeoutOf(int length) => _options.Timeout + TimeSpan.FromSeconds((double)length / _options.SlowestBytesPerSecond);

    private static async ValueTask<byte[]> ReadHeaderAsync(IObjectStore store, string key, CancellationToken cancellationToken)
    {
        var header = new byte[SegmentFormat.HeaderLength];
        var length = await store.ReadAsync(key, 0, header, cancellationToken);
        return length == header.Length ? header : [.. header.AsSpan(0, length)];
    }
}
