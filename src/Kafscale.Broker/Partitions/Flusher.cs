using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Wal;
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
    // What a commit may amount to; the rest of what the metadata store holds in one value is room for the estimate to be wrong.
    private const int MaxCommitBytes = MetadataLimits.ValueBytes - (64 * 1024);

    // What one WAL object may amount to, should so much wait: slices have 31 bits for their length.
    private const long MaxFlushBytes = 1024L * 1024 * 1024;

    private readonly FlusherOptions _options;
    private readonly WalWriter _writer;
    private readonly AppendBuffer _buffer;
    private readonly FlushMetrics _metrics;
    private readonly BrokerTracing _tracing;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    private readonly Lock _lock = new();
    private readonly AsyncSignal _wake = new();
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _slots;
    private readonly Channel<SealedFlush> _sealed = Channel.CreateUnbounded<SealedFlush>(new() { SingleReader = true, SingleWriter = true });

    // Never disposed, because a deadline may pass, or the session be lost, when everything is over already.
    private readonly CancellationTokenSource _aborted = new();

    // Flushes that took all that one commit can hold, before the open one, oldest first.
    private readonly Queue<Flush> _full = [];
    private Flush _open;

    // On their way and not settled yet, oldest first.
    private readonly Queue<Flush> _taken = [];
    private long _generation;
    private long _nextSequence;
    private long? _lastStartedAt;
    private bool _isUrgent;
    private State _state = State.Open;

    // What becomes of everything that is appended once this flusher is over.
    private ErrorCode _refusal = ErrorCode.NotLeaderOrFollower;
    private Task _flushing = Task.CompletedTask;
    private Task _committing = Task.CompletedTask;

    public Flusher(FlusherOptions options, WalWriter writer, AppendBuffer buffer, FlushMetrics metrics, BrokerTracing tracing, TimeProvider timeProvider, ILogger<Flusher> logger)
    {
        _options = options;
        _writer = writer;
        _buffer = buffer;
        _metrics = metrics;
        _tracing = tracing;
        _timeProvider = timeProvider;
        _logger = logger;
        _open = new Flush(0);
        _slots = new SemaphoreSlim(options.MaxConcurrentFlushes);
        _timer = timeProvider.CreateTimer(_ => _wake.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counts roll-backs. What was appended in an older generation and is not committed never will be.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>Ends well when the flusher was disposed or aborted, with an error where it can not go on.</summary>
    public Task Completion => _committing;

    public void Start()
    {
        _flushing = UploadAsync();
        _committing = CommitAsync();
    }

    /// <summary>Stamps batches with their offsets and adds them to the open flush; takes over their memory where it succeeds.</summary>
    /// <returns>The slice that holds them; <see langword="null"/>, with nothing changed, where <paramref name="generation"/> is outdated.</returns>
    public SliceBuilder? TryAppend(PartitionAppender appender, long generation, ReadOnlySpan<PreparedBatch> batches, long baseOffset)
    {
        bool wake;
        SliceBuilder? slice;
        lock (_lock)
        {
            if (generation != _generation)
            {
                return null;
            }

            if (IsTooFullFor(appender, batches))
            {
                _full.Enqueue(TakeOpen());
            }

            var flush = _open;
            wake = flush.Bytes == 0;
            if (wake)
            {
                flush.StartDeadline(_options.UploadDeadline, _timeProvider);
            }

            slice = appender.OpenSlice;
            if (slice?.Flush != flush)
            {
                appender.OpenSlice = slice = flush.OpenSlice(appender, baseOffset);
            }

            foreach (var batch in batches)
            {
                Append(flush, slice, batch);
            }

            wake |= flush.Bytes >= _options.FlushBytes;
            if (_state is State.Closed or State.Aborted)
            {
                // The session is over: nobody will come for this flush any more.
                GiveUpUnsealed(_refusal);
            }
        }

        if (wake)
        {
            _wake.Set();
        }

        return slice;
    }

    /// <summary>Writes what waits without regard to size and interval.</summary>
    public void FlushNow()
    {
        lock (_lock)
        {
            _isUrgent = _open.Bytes > 0;
        }

        _wake.Set();
    }

    /// <summary>Writes what waits, and completes once all that was appended before has been committed or given up.</summary>
    /// <returns>Whether all of it was committed in its producers' time.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        var pending = Unsettled();
        FlushNow();
        await Task.WhenAll(pending.Select(flush => flush.Settled)).WaitAsync(cancellationToken);
        var outcomes = await Task.WhenAll(pending.Select(flush => flush.Outcome));
        return Array.TrueForAll(outcomes, outcome => outcome == ErrorCode.None);
    }

    /// <summary>Gives up what was appended before, as if its producers had waited for long enough; commits on their way still count.</summary>
    public void EndDeadlines()
    {
        foreach (var flush in Unsettled())
        {
            flush.EndDeadline();
        }
    }

    /// <summary>Returns memory and budget of batches that were not appended.</summary>
    public void GiveBack(ReadOnlySpan<PreparedBatch> batches)
    {
        foreach (var (_, memory) in batches)
        {
            memory.Chunk.Release();
            _buffer.ReleaseBudget(memory.Length);
        }
    }

    /// <summary>Writes what waits without regard to size and interval, and ends once everything has its outcome.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_state == State.Open)
            {
                _state = State.Stopping;
            }
        }

        _wake.Set();
        await _flushing;
        await _committing;
        await _timer.DisposeAsync();
        _slots.Dispose();
    }

    /// <summary>Gives up everything that is not committed: the session is lost, or time to stop has run out.</summary>
    public void Abort(ErrorCode error)
    {
        lock (_lock)
        {
            if (_state == State.Aborted)
            {
                return;
            }

            _state = State.Aborted;
            _refusal = error;
            _generation++;
            GiveUpUnsealed(error);
        }

        _aborted.Cancel();
        _wake.Set();
    }

    // A commit, a WAL object and a slice all have a size that they can not exceed; slices count their records in 32 bits.
    private bool IsTooFullFor(PartitionAppender appender, ReadOnlySpan<PreparedBatch> batches)
    {
        var records = appender.OpenSlice is { } slice && slice.Flush == _open ? (long)slice.RecordCount : 0;
        var bytes = _open.Bytes;
        foreach (var (header, memory) in batches)
        {
            records += header.RecordCount;
            bytes += memory.Length;
        }

        return _open.Bytes > 0 && (_open.CommitBytes >= MaxCommitBytes || bytes > MaxFlushBytes || records > int.MaxValue);
    }

    private static void Append(Flush flush, SliceBuilder slice, in PreparedBatch batch)
    {
        var memory = batch.Memory;
        RecordBatchHeader.Stamp(memory.Span, slice.EndOffset, slice.Appender.LeaderEpoch);
        RecordBatchHeader.TryRead(memory.Span, out var stamped);
        slice.Add(stamped, memory);
        var producerBatchBytes = 0;
        if (stamped.HasProducerId)
        {
            producerBatchBytes = slice.Add(new WalProducerBatch(
                stamped.ProducerId,
                stamped.ProducerEpoch,
                stamped.BaseSequence,
                stamped.LastSequence,
                stamped.BaseOffset,
                stamped.LastOffset,
                flush.OpenedAtMs));
        }

        flush.Take(memory, producerBatchBytes);
    }

    private async Task UploadAsync()
    {
        while (true)
        {
            var wait = TimeUntilFlush();
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
            if (TakeNext() is { } flush)
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

    // How long the open flush has to wait; null: there will be none any more.
    private TimeSpan? TimeUntilFlush()
    {
        lock (_lock)
        {
            if (_full.Count > 0)
            {
                return TimeSpan.Zero;
            }

            if (_open.Bytes == 0)
            {
                if (_state == State.Stopping)
                {
                    _state = State.Closed;
                }

                return _state == State.Open ? Timeout.InfiniteTimeSpan : null;
            }

            if (_state != State.Open || _isUrgent || _open.Bytes >= _options.FlushBytes || _lastStartedAt is not { } lastStartedAt)
            {
                return TimeSpan.Zero;
            }

            var wait = _options.FlushInterval - _timeProvider.GetElapsedTime(lastStartedAt);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    private Flush[] Unsettled()
    {
        lock (_lock)
        {
            return _open.Bytes > 0 ? [.. _taken, .. _full, _open] : [.. _taken, .. _full];
        }
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
                BeginNewGeneration(next.Flush, outcome);
            }

            lock (_lock)
            {
                _taken.Dequeue();
            }

            _tracing.OnSettled(next.Flush, outcome);
            Finish(next.Flush, outcome);
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
        catch (OperationCanceledException) when (_aborted.IsCancellationRequested)
        {
            return _refusal;
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
            return _state == State.Aborted ? _refusal : ObjectStoreErrors.OfProduce;
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
        catch (OperationCanceledException) when (_aborted.IsCancellationRequested)
        {
            return _refusal;
        }
        catch (ArgumentException exception)
        {
            LogCommitFailed(exception, next.Sequence);
            return ObjectStoreErrors.OfProduce;
        }
    }

    private void BeginNewGeneration(Flush failed, ErrorCode error)
    {
        lock (_lock)
        {
            if (failed.Generation == _generation)
            {
                _generation++;
                LogRolledBack(error, _generation);
                GiveUpUnsealed(error);
            }
        }
    }

    private void GiveUpUnsealed(ErrorCode error)
    {
        while (_full.TryDequeue(out var full))
        {
            Finish(full, error);
        }

        Finish(TakeOpen(), error);
    }

    private Flush? TakeNext()
    {
        lock (_lock)
        {
            if (_full.TryDequeue(out var next))
            {
                next.Reason = FlushReason.Full;
            }
            else if (_open.Bytes == 0)
            {
                return null;
            }
            else
            {
                _open.Reason = WhyOpenIsDue();
                next = TakeOpen();
            }

            _taken.Enqueue(next);
            return next;
        }
    }

    private FlushReason WhyOpenIsDue() =>
        _state != State.Open ? FlushReason.Stopping
        : _isUrgent ? FlushReason.Requested
        : _open.Bytes >= _options.FlushBytes ? FlushReason.Size
        : FlushReason.Interval;

    private Flush TakeOpen()
    {
        var flush = _open;
        _open = new Flush(_generation);
        _isUrgent = false;
        return flush;
    }

    private void Finish(Flush flush, ErrorCode outcome)
    {
        _buffer.ReleaseBudget(flush.ReservedBytes);
        flush.Finish(outcome);
    }

    [LoggerMessage(1001, LogLevel.Error, "The upload of WAL object {Sequence} failed; its records were not acknowledged and are rolled back.")]
    private partial void LogUploadFailed(Exception exception, long sequence);

    [LoggerMessage(1002, LogLevel.Warning, "A flush could not commit ({Error}); everything unacknowledged was rolled back, generation {Generation} begins.")]
    private partial void LogRolledBack(ErrorCode error, long generation);

    [LoggerMessage(1005, LogLevel.Error, "The commit of WAL object {Sequence} is not possible; its records were not acknowledged and are rolled back.")]
    private partial void LogCommitFailed(Exception exception, long sequence);

    private enum State
    {
        /// <summary>Flushes go by size and interval.</summary>
        Open,

        /// <summary>What waits is flushed at once.</summary>
        Stopping,

        /// <summary>Nothing waited any more, and nothing new is flushed.</summary>
        Closed,

        /// <summary>Nothing is flushed, and nothing uploaded is committed.</summary>
        Aborted,
    }

    private sealed record SealedFlush(Flush Flush, long Sequence, Task<CommitRecord> Upload, CancellationTokenSource Cancellation);
}
