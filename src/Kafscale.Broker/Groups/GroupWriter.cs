using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Writes the changes of all groups that are coordinated under one session to the metadata store, in order, one fenced
/// transaction after the other; what comes while one is under way shares the next, whatever its shard.
/// </summary>
/// <remarks>
/// <para>A transaction whose outcome is unknown is tried again until it is known, so that memory and store never differ by
/// more than what is still in the queue. Each one moves the writer keys of its shards (<see cref="GroupKeys.Writer"/>) on from
/// exactly what the one before left there: it is applied once, never after a later one, and never once another coordinator
/// has taken one of the shards over, however late the store gets to it.</para>
/// <para>The store being away for long ends the session, and with it the writer; so no queue grows without end.</para>
/// </remarks>
internal sealed partial class GroupWriter : IAsyncDisposable
{
    private const int MaxOperations = MetadataLimits.OperationsPerTransaction;
    private const int MaxBytes = MetadataLimits.TransactionBytes - (4 * MetadataLimits.KeyBytes);

    private readonly IMetadataStore _store;
    private readonly BrokerSession _session;
    private readonly GroupKeys _keys;
    private readonly int _maxQueuedOperations;
    private readonly RetryBackoff _backoff;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _aborting = new();
    private readonly AsyncSignal _signal = new();
    private readonly Lock _lock = new();
    private readonly Queue<GroupWrite> _queue = new();
    private readonly HashSet<ShardWrites> _shards = [];
    private readonly Task _running;
    private int _queuedOperations;
    private bool _isStopped;

    // How many operations of the first write in the queue have gone into earlier transactions.
    private int _firstWritePosition;

    // Of the transactions; one that is tried again keeps its number.
    private long _sequence;

    /// <param name="store">Where the writer reads what became of a transaction.</param>
    /// <param name="session">Whose fence every transaction carries.</param>
    /// <param name="keys">Where things are.</param>
    /// <param name="maxQueuedOperations">The most operations that may wait, but for those that must be accepted.</param>
    /// <param name="backoff">The pauses between attempts.</param>
    /// <param name="logger">Told of failures.</param>
    public GroupWriter(
        IMetadataStore store, BrokerSession session, GroupKeys keys, int maxQueuedOperations, RetryBackoff backoff, ILogger logger)
    {
        _store = store;
        _session = session;
        _keys = keys;
        _maxQueuedOperations = maxQueuedOperations;
        _backoff = backoff;
        _logger = logger;
        _running = RunAsync();
    }

    public BrokerSession Session => _session;

    /// <summary>Begins to write for a shard that was taken over.</summary>
    public void Attach(ShardWrites shard)
    {
        lock (_lock)
        {
            if (!_isStopped)
            {
                _shards.Add(shard);
                return;
            }

            shard.IsClosed = true;
            shard.IsEnded = true;
        }

        shard.OnEnded();
    }

    /// <summary>Takes no more writes of a shard, and completes those that wait: they are stored, or fail at the end of the session.</summary>
    /// <param name="shard">The shard; may have been detached before.</param>
    /// <param name="cancellationToken">Gives up what is not stored yet: whoever waits for it is told NOT_COORDINATOR.</param>
    public async Task DetachAsync(ShardWrites shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            shard.IsClosed = true;
            CheckDrained(shard);
        }

        try
        {
            await shard.Drained.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                // What is on its way to the store may still be applied, unless the next coordinator comes first.
                shard.IsEnded = true;
                foreach (var write in shard.Pending)
                {
                    write.Abandon();
                }
            }
        }

        lock (_lock)
        {
            _shards.Remove(shard);
        }
    }

    /// <summary>Queues a write.</summary>
    /// <returns>
    /// None where it was taken; otherwise why not, and the write will not be completed:
    /// COORDINATOR_NOT_AVAILABLE where too much waits already, NOT_COORDINATOR where the session has ended or the shard is let
    /// go of, UNKNOWN_SERVER_ERROR where it is too large for the store.
    /// </returns>
    /// <param name="write">What to write.</param>
    /// <param name="mustAccept">It is taken however much waits.</param>
    public ErrorCode Enqueue(GroupWrite write, bool mustAccept)
    {
        foreach (var operation in write.Operations)
        {
            if (operation is Operation.Put { Value.Length: > MetadataLimits.ValueBytes } put)
            {
                LogTooLarge(put.Key, put.Value.Length, MetadataLimits.ValueBytes);
                return ErrorCode.UnknownServerError;
            }
        }

        lock (_lock)
        {
            if (_isStopped || write.Shard.IsClosed)
            {
                return ErrorCode.NotCoordinator;
            }

            if (!mustAccept && _queuedOperations > 0 && _queuedOperations + write.Operations.Count > _maxQueuedOperations)
            {
                return ErrorCode.CoordinatorNotAvailable;
            }

            _queue.Enqueue(write);
            write.Shard.Pending.Add(write);
            _queuedOperations += write.Operations.Count;
        }

        _signal.Set();
        return ErrorCode.None;
    }

    /// <summary>Gives up what is not stored yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _aborting.CancelAsync();
        await _running;
        _aborting.Dispose();
    }

    private async Task RunAsync()
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_aborting.Token, _session.Lost);
        try
        {
            while (true)
            {
                var batch = TakeBatch();
                if (batch.IsEmpty)
                {
                    await _signal.WaitAsync(ending.Token);
                }
                else
                {
                    await WriteAsync(batch, ending.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SessionLostException or OperationCanceledException)
        {
            // Nothing that waits will be stored any more.
        }
        finally
        {
            EndAll();
        }
    }

    private GroupWriteBatch TakeBatch()
    {
        var batch = new GroupWriteBatch(MaxOperations, MaxBytes);
        lock (_lock)
        {
            while (_queue.TryPeek(out var write) && (batch.IsEmpty || !write.NeedsOwnTransaction))
            {
                if (write.Shard.IsEnded)
                {
                    // Nothing more of it goes to the store; it comes along to be completed in its turn.
                    _queuedOperations -= write.Operations.Count - _firstWritePosition;
                    batch.Writes.Add(write);
                }
                else if (!TakeOperations(write, batch))
                {
                    break;
                }

                batch.Completed.Add(_queue.Dequeue());
                _firstWritePosition = 0;
                if (write.NeedsOwnTransaction)
                {
                    break;
                }
            }
        }

        return batch;
    }

    /// <returns>False where some of the write's operations are left for the next transaction.</returns>
    private bool TakeOperations(GroupWrite write, GroupWriteBatch batch)
    {
        var before = _firstWritePosition;
        while (_firstWritePosition < write.Operations.Count && batch.TryAdd(write.Shard, write.Operations[_firstWritePosition]))
        {
            _firstWritePosition++;
            _queuedOperations--;
        }

        if (_firstWritePosition > before)
        {
            batch.Writes.Add(write);
        }

        return _firstWritePosition == write.Operations.Count;
    }

    private async Task WriteAsync(GroupWriteBatch batch, CancellationToken cancellationToken)
    {
        var error = ErrorCode.NotCoordinator;
        try
        {
            error = await CommitAsync(batch, cancellationToken);
        }
        finally
        {
            Complete(batch, error);
        }
    }

    private void Complete(GroupWriteBatch batch, ErrorCode error)
    {
        foreach (var write in batch.Writes)
        {
            var outcome = IsEnded(write.Shard) ? ErrorCode.NotCoordinator : error;
            if (outcome != ErrorCode.None)
            {
                write.Fail(outcome);
            }
        }

        batch.Completed.ForEach(Complete);
    }

    private void Complete(GroupWrite write)
    {
        write.Complete();
        lock (_lock)
        {
            write.Shard.Pending.Remove(write);
            CheckDrained(write.Shard);
        }
    }

    private bool IsEnded(ShardWrites shard)
    {
        lock (_lock)
        {
            return shard.IsEnded;
        }
    }

    private static void CheckDrained(ShardWrites shard)
    {
        if (shard.IsClosed && shard.Pending.Count == 0)
        {
            shard.Drained.TrySetResult();
        }
    }

    private async Task<ErrorCode> CommitAsync(GroupWriteBatch batch, CancellationToken cancellationToken)
    {
        _sequence++;
        for (var attempt = 0; batch.Shards.Count > 0; attempt++)
        {
            try
            {
                var result = await _session.CommitFencedAsync(
                    [.. batch.Shards.Select(shard => Comparison.ModRevision(_keys.Writer(shard.Shard), shard.WriterRevision))],
                    [.. batch.Shards.Select(shard => new Operation.Put(_keys.Writer(shard.Shard), PositionOf(shard).ToByteArray())), .. batch.Operations],
                    cancellationToken);
                var revision = result?.Revision ?? await FindOwnRevisionAsync(batch, cancellationToken);
                if (revision is not null)
                {
                    foreach (var shard in batch.Shards)
                    {
                        shard.WriterRevision = revision.Value;
                    }

                    return ErrorCode.None;
                }
            }
            catch (MetadataUnavailableException exception)
            {
                LogUnavailable(exception, attempt);
                await _backoff.WaitAsync(attempt, cancellationToken);
            }
            catch (ArgumentException exception)
            {
                // The store refuses the request itself, whatever the reason: nothing was applied, and others may go on.
                LogRefused(exception);
                return ErrorCode.UnknownServerError;
            }
        }

        // Nobody is left to write for.
        return ErrorCode.NotCoordinator;
    }

    private GroupWriterRecord PositionOf(ShardWrites shard) =>
        new() { Session = _session.Number, Sequence = _sequence, TakenOverAt = shard.TakenOverAt };

    /// <summary>
    /// A transaction was refused: an earlier attempt was applied without our hearing of it, or other coordinators have taken
    /// some of its shards over, which end here.
    /// </summary>
    /// <returns>The revision of the earlier attempt; null where there was none, and what is left is to be tried again.</returns>
    private async Task<long?> FindOwnRevisionAsync(GroupWriteBatch batch, CancellationToken cancellationToken)
    {
        var read = await _store.RangeAsync(KeyRange.Prefix(_keys.Writers), limit: 0, revision: 0, cancellationToken);
        var found = read.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        foreach (var shard in batch.Shards)
        {
            if (found.TryGetValue(_keys.Writer(shard.Shard), out var entry)
                && GroupWriterRecord.Parser.ParseFrom(entry.Value.Span).Equals(PositionOf(shard)))
            {
                return entry.ModRevision;
            }
        }

        foreach (var shard in batch.Shards.ToList())
        {
            if (!found.TryGetValue(_keys.Writer(shard.Shard), out var entry) || entry.ModRevision != shard.WriterRevision)
            {
                batch.Remove(shard);
                End(shard);
            }
        }

        return null;
    }

    private void End(ShardWrites shard)
    {
        lock (_lock)
        {
            _shards.Remove(shard);
            shard.IsClosed = true;
            if (shard.IsEnded)
            {
                return;
            }

            shard.IsEnded = true;
        }

        LogOvertaken(shard.Shard, _session.Number);
        shard.OnEnded();
    }

    private void EndAll()
    {
        List<GroupWrite> remaining;
        List<ShardWrites> shards;
        lock (_lock)
        {
            _isStopped = true;
            remaining = [.. _queue];
            shards = [.. _shards];
            _queue.Clear();
            _shards.Clear();
            _queuedOperations = 0;
            foreach (var shard in shards)
            {
                shard.IsClosed = true;
                shard.IsEnded = true;
            }
        }

        foreach (var write in remaining)
        {
            write.Fail(ErrorCode.NotCoordinator);
            Complete(write);
        }

        foreach (var shard in shards)
        {
            shard.OnEnded();
        }
    }

    [LoggerMessage(1411, LogLevel.Warning, "The metadata store did not answer a write of the group coordinator; attempt {Attempt} will be repeated.")]
    private partial void LogUnavailable(Exception exception, int attempt);

    [LoggerMessage(1412, LogLevel.Error, "The metadata store refused a write of the group coordinator.")]
    private partial void LogRefused(Exception exception);

    [LoggerMessage(1413, LogLevel.Error, "{Key} would hold {Bytes} bytes, more than the {Limit} that the metadata store takes. The group has too many members, or they say too much.")]
    private partial void LogTooLarge(string key, int bytes, int limit);

    [LoggerMessage(1414, LogLevel.Error, "Another group coordinator has taken shard {Shard} over though session {Session} lives; it is not served here any more.")]
    private partial void LogOvertaken(int shard, long session);
}
