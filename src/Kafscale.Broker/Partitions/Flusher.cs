using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Turns what all partitions of a broker append into WAL objects: one PUT and one commit per flush, whatever
/// the number of partitions (invariant 5). Lives as long as one session.
/// </summary>
/// <remarks>
/// Uploads run side by side, commits strictly one after another in flush order. When a flush can not commit, every later one
/// is given up with it, because its offsets build on offsets that do not exist: a new generation begins.
/// </remarks>
internal sealed partial class Flusher : IAsyncDisposable
{
    private readonly FlushQueue _queue;
    private readonly WalWriter _writer;
    private readonly AppendBuffer _buffer;
    private readonly FlushMetrics _metrics;
    private readonly BrokerTracing _tracing;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    private readonly AsyncSignal _wake = new();
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _slots;
    private readonly Channel<SealedFlush> _sealed = Channel.CreateUnbounded<SealedFlush>(new() { SingleReader = true, SingleWriter = true });

    // Never disposed, because a deadline may pass, or the session be lost, when everything is over already.
    private readonly CancellationTokenSource _aborted = new();

    private long _nextSequence;
    private long? _lastStartedAt;
    private Task _flushing = Task.CompletedTask;
    private Task _committing = Task.CompletedTask;

    public Flusher(FlusherOptions options, WalWriter writer, AppendBuffer buffer, FlushMetrics metrics, BrokerTracing tracing, TimeProvider timeProvider, ILogger<Flusher> logger)
    {
        _writer = writer;
        _buffer = buffer;
        _metrics = metrics;
        _tracing = tracing;
        _timeProvider = timeProvider;
        _logger = logger;
        _queue = new FlushQueue(options, buffer, timeProvider);
        _slots = new SemaphoreSlim(options.MaxConcurrentFlushes);
        _timer = timeProvider.CreateTimer(_ => _wake.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc cref="FlushQueue.Generation"/>
    public long Generation => _queue.Generation;

    /// <summary>Ends well when the flusher was disposed or aborted, with an error where it can not go on.</summary>
    public Task Completion => _committing;

    public void Start()
    {
        _flushing = UploadAsync();
        _committing = CommitAsync();
    }

    /// <inheritdoc cref="FlushQueue.TryAppend"/>
    public SliceBuilder? TryAppend(PartitionAppender appender, long generation, ReadOnlySpan<PreparedBatch> batches, long baseOffset)
    {
        var slice = _queue.TryAppend(appender, generation, batches, baseOffset, out var mayBeDue);
        if (mayBeDue)
        {
            _wake.Set();
        }

        return slice;
    }

    /// <summary>Writes what waits without regard to size and interval.</summary>
    public void FlushNow()
    {
        _queue.RequestFlush();
        _wake.Set();
    }

    /// <summary>Writes what waits, and completes once all that was appended before has been committed or given up.</summary>
    /// <returns>Whether all of it was committed in its producers' time.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        var pending = _queue.Unsettled();
        FlushNow();
        await Task.WhenAll(pending.Select(flush => flush.Settled)).WaitAsync(cancellationToken);
        var outcomes = await Task.WhenAll(pending.Select(flush => flush.Outcome));
        return Array.TrueForAll(outcomes, outcome => outcome == ErrorCode.None);
    }

    /// <summary>Gives up what was appended before, as if its producers had waited for long enough; commits on their way still count.</summary>
    public void EndDeadlines()
    {
        foreach (var flush in _queue.Unsettled())
        {
            flush.EndDeadline();
        }
    }

    /// <inheritdoc cref="AppendBuffer.GiveBack"/>
    public void GiveBack(ReadOnlySpan<PreparedBatch> batches) => _buffer.GiveBack(batches);

    /// <summary>Writes what waits without regard to size and interval, and ends once everything has its outcome.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Stop();
        _wake.Set();
        await _flushing;
        await _committing;
        await _timer.DisposeAsync();
        _slots.Dispose();
    }

    /// <summary>Gives up everything that is not committed: the session is lost, or time to stop has run out.</summary>
    public void Abort(ErrorCode error)
    {
        if (_queue.TryAbort(error))
        {
            _aborted.Cancel();
            _wake.Set();
        }
    }

    private async Task UploadAsync()
    {
        while (true)
        {
            var wait = _queue.TimeUntilNextOrClose(_lastStartedAt);
            if (wait is null)
            {
                break;
            }

            if (wait != TimeSpan.Zero)
            {
                _timer.Change(wait.Value, Timeout.InfiniteTimeSpan);
                await _wake.WaitAsync(CancellationToken.None);
                continue;
            }

            await _slots.WaitAsync();
            var previousStartedAt = _lastStartedAt;
            _lastStartedAt = _timeProvider.GetTimestamp();
            if (_queue.TakeNext() is { } flush)
            {
                _metrics.OnBegun(previousStartedAt, _lastStartedAt.Value);
                _sealed.Writer.TryWrite(Seal(flush));
            }
            else
            {
                // It was given up while this loop waited for its turn.
                _slots.Release();
            }
        }

        _sealed.Writer.Complete();
    }

    private SealedFlush Seal(Flush flush)
    {
        flush.Times.SealedAt = _timeProvider.GetTimestamp();
        flush.OrderSlices();
        var sequence = _nextSequence++;
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(flush.Deadline, _aborted.Token);
        return new SealedFlush(flush, sequence, _writer.UploadAsync(sequence, flush, cancellation.Token), cancellation);
    }

    private async Task CommitAsync()
    {
        Exception? failure = null;
        await foreach (var next in _sealed.Reader.ReadAllAsync())
        {
            ErrorCode outcome;
            try
            {
                outcome = await CommitAsync(next);
            }
            catch (Exception exception)
            {
                // What is stored is not what was thought to be: no more of it can be done here.
                failure ??= exception;
                outcome = ErrorCode.NotLeaderOrFollower;
                Abort(outcome);
            }

            if (outcome != ErrorCode.None)
            {
                _metrics.OnFailed();
                RollBack(next.Flush, outcome);
            }

            _tracing.OnSettled(next.Flush, outcome);
            _queue.SettleOldest(outcome);
            next.Cancellation.Dispose();
            _slots.Release();
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async Task<ErrorCode> CommitAsync(SealedFlush next)
    {
        CommitRecord commit;
        try
        {
            // Also where it is clear that the flush can not commit: its memory is in use until the upload has ended.
            commit = await next.Upload;
        }
        catch (OperationCanceledException) when (_queue.Refusal is { } refusal)
        {
            return refusal;
        }
        catch (OperationCanceledException)
        {
            return ErrorCode.RequestTimedOut;
        }
        catch (Exception exception)
        {
            LogUploadFailed(exception, next.Sequence);
            return ObjectStoreErrors.OfProduce;
        }

        if (next.Flush.Generation != Generation)
        {
            return _queue.Refusal ?? ObjectStoreErrors.OfProduce;
        }

        try
        {
            await _writer.CommitAsync(next.Sequence, next.Flush, commit, _aborted.Token);
            return ErrorCode.None;
        }
        catch (SessionLostException)
        {
            Abort(ErrorCode.NotLeaderOrFollower);
            return ErrorCode.NotLeaderOrFollower;
        }
        catch (OperationCanceledException) when (_queue.Refusal is { } refusal)
        {
            return refusal;
        }
        catch (ArgumentException exception)
        {
            LogCommitFailed(exception, next.Sequence);
            return ObjectStoreErrors.OfProduce;
        }
    }

    private void RollBack(Flush failed, ErrorCode error)
    {
        if (_queue.TryBeginGeneration(failed, error) is { } generation)
        {
            LogRolledBack(error, generation);
        }
    }

    [LoggerMessage(1001, LogLevel.Error, "The upload of WAL object {Sequence} failed; its records were not acknowledged and are rolled back.")]
    private partial void LogUploadFailed(Exception exception, long sequence);

    [LoggerMessage(1002, LogLevel.Warning, "A flush could not commit ({Error}); everything unacknowledged was rolled back, generation {Generation} begins.")]
    private partial void LogRolledBack(ErrorCode error, long generation);

    [LoggerMessage(1005, LogLevel.Error, "The commit of WAL object {Sequence} is not possible; its records were not acknowledged and are rolled back.")]
    private partial void LogCommitFailed(Exception exception, long sequence);

    private sealed record SealedFlush(Flush Flush, long Sequence, Task<CommitRecord> Upload, CancellationTokenSource Cancellation);
}
