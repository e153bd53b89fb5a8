using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Writes the changes of all groups to the metadata store, in order, one fenced transaction after the other; what comes
/// while one is under way shares the next.
/// </summary>
/// <remarks>
/// <para>A transaction whose outcome is unknown is tried again until it is known, so that memory and store never differ by
/// more than what is still in the queue. Each one moves <see cref="GroupKeys.Writer"/> on from exactly what the one before
/// left there: it is applied once, and never after a later one, however late the store gets to it.</para>
/// <para>The store being away for long ends the session, and with it the writer; so no queue grows without end.</para>
/// </remarks>
internal sealed partial class GroupWriter : IAsyncDisposable
{
    // One operation of every transaction moves the writer's own key.
    private const int MaxOperations = MetadataLimits.OperationsPerTransaction - 1;
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
    private int _queuedOperations;
    private bool _isStopped;

    /// <summary>How much of the first write in the queue has gone into earlier transactions.</summary>
    private int _firstWritePosition;

    private long _writerRevision;
    private long _sequence;
    private Task _running = Task.CompletedTask;

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
    }

    /// <summary>Completes when nothing will be written any more: it was stopped, or its session has ended.</summary>
    public Task Ended => _running;

    /// <summary>Begins to write.</summary>
    /// <param name="writerRevision">When <see cref="GroupKeys.Writer"/> was last changed, 0 where it does not exist.</param>
    public void Start(long writerRevision)
    {
        _writerRevision = writerRevision;
        _running = RunAsync();
    }

    /// <summary>Queues a write.</summary>
    /// <returns>
    /// None where it was taken; otherwise why not, and the write will not be completed:
    /// COORDINATOR_NOT_AVAILABLE where too much waits already, NOT_COORDINATOR where the session has ended,
    /// UNKNOWN_SERVER_ERROR where it is too large for the store.
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
            if (_isStopped)
            {
                return ErrorCode.NotCoordinator;
            }

            if (!mustAccept && _queuedOperations > 0 && _queuedOperations + write.Operations.Count > _maxQueuedOperations)
            {
                return ErrorCode.CoordinatorNotAvailable;
            }

            _queue.Enqueue(write);
            _queuedOperations += write.Operations.Count;
        }

        _signal.Set();
        return ErrorCode.None;
    }

    /// <summary>Takes no more writes, and completes those that wait: they are stored, or fail at the end of the session.</summary>
    /// <param name="cancellationToken">Gives up what is not stored yet.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        _signal.Set();
        await using (cancellationToken.UnsafeRegister(static writer => ((GroupWriter)writer!)._aborting.Cancel(), this))
        {
            await _running;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _aborting.CancelAsync();
        await StopAsync(CancellationToken.None);
        _aborting.Dispose();
    }

    private async Task RunAsync()
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_aborting.Token, _session.Lost);
        try
        {
            while (true)
            {
                var batch = TakeBatch(out var isFinished);
                if (!batch.IsEmpty)
                {
                    await WriteAsync(batch, ending.Token);
                }
                else if (isFinished)
                {
                    return;
                }
                else
                {
                    await _signal.WaitAsync(ending.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SessionLostException or OperationCanceledException)
        {
            // Nothing that waits will be stored any more.
        }
        finally
        {
            FailRemaining();
        }
    }

    private GroupWriteBatch TakeBatch(out bool isFinished)
    {
        var batch = new GroupWriteBatch(MaxOperations, MaxBytes);
        lock (_lock)
        {
            isFinished = _isStopped && _queue.Count == 0;
            while (_queue.TryPeek(out var write) && (batch.IsEmpty || !write.NeedsOwnTransaction))
            {
                batch.Writes.Add(write);
                while (_firstWritePosition < write.Operations.Count && batch.TryAdd(write.Operations[_firstWritePosition]))
                {
                    _firstWritePosition++;
                    _queuedOperations--;
                }

                if (_firstWritePosition < write.Operations.Count)
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

    private async Task WriteAsync(GroupWriteBatch batch, CancellationToken cancellationToken)
    {
        var error = ErrorCode.NotCoordinator;
        try
        {
            error = await CommitAsync(batch, cancellationToken);
        }
        finally
        {
            if (error != ErrorCode.None)
            {
                batch.Writes.ForEach(write => write.Fail(error));
            }

            batch.Completed.ForEach(write => write.Complete());
        }
    }

    private async Task<ErrorCode> CommitAsync(GroupWriteBatch batch, CancellationToken cancellationToken)
    {
        _sequence++;
        var position = new GroupWriterRecord { Session = _session.Number, Sequence = _sequence };
        Operation[] operations = [new Operation.Put(_keys.Writer, position.ToByteArray()), .. batch.Operations];
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var result = await _session.CommitFencedAsync(
                    [Comparison.ModRevision(_keys.Writer, _writerRevision)], operations, cancellationToken);
                _writerRevision = result?.Revision ?? await FindOwnRevisionAsync(position, cancellationToken);
                return ErrorCode.None;
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
    }

    /// <summary>An earlier attempt was applied without our hearing of it, or somebody else writes under our session.</summary>
    private async Task<long> FindOwnRevisionAsync(GroupWriterRecord position, CancellationToken cancellationToken)
    {
        var read = await _store.RangeAsync(KeyRange.Key(_keys.Writer), limit: 0, revision: 0, cancellationToken);
        if (read.Entries.Count == 1 && GroupWriterRecord.Parser.ParseFrom(read.Entries[0].Value.Span).Equals(position))
        {
            return read.Entries[0].ModRevision;
        }

        LogOvertaken(_session.Number);
        throw new SessionLostException(_session.Number);
    }

    private void FailRemaining()
    {
        List<GroupWrite> remaining;
        lock (_lock)
        {
            _isStopped = true;
            remaining = [.. _queue];
            _queue.Clear();
            _queuedOperations = 0;
        }

        foreach (var write in remaining)
        {
            write.Fail(ErrorCode.NotCoordinator);
            write.Complete();
        }
    }

    [LoggerMessage(1411, LogLevel.Warning, "The metadata store did not answer a write of the group coordinator; attempt {Attempt} will be repeated.")]
    private partial void LogUnavailable(Exception exception, int attempt);

    [LoggerMessage(1412, LogLevel.Error, "The metadata store refused a write of the group coordinator.")]
    private partial void LogRefused(Exception exception);

    [LoggerMessage(1413, LogLevel.Error, "{Key} would hold {Bytes} bytes, more than the {Limit} that the metadata store takes. The group has too many members, or they say too much.")]
    private partial void LogTooLarge(string key, int bytes, int limit);

    [LoggerMessage(1414, LogLevel.Error, "Another group coordinator writes under session {Session}; this one ends.")]
    private partial void LogOvertaken(long session);
}
