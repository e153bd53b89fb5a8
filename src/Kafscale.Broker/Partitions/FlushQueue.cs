using System.Diagnostics.CodeAnalysis;
using Kafscale.Metadata;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>What partitions append, gathered into flushes, and which of them is due when.</summary>
/// <remarks>
/// A flush is open until it is due or full, then it is taken, and at last it is settled. Those that are not taken are all of the newest
/// generation: when a taken one can not commit, they are given up with it.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Flushes are disposed when they get their outcome; without a batch there is nothing to dispose.")]
internal sealed class FlushQueue
{
    // What a commit may amount to; the rest of what the metadata store holds in one value is room for the estimate to be wrong.
    private const int MaxCommitBytes = MetadataLimits.ValueBytes - (64 * 1024);

    // What one WAL object may amount to, should so much wait: slices have 31 bits for their length.
    private const long MaxFlushBytes = 1024L * 1024 * 1024;

    private readonly FlusherOptions _options;
    private readonly AppendBuffer _buffer;
    private readonly TimeProvider _timeProvider;

    private readonly Lock _lock = new();

    // Flushes that took all that one commit can hold, before the open one, oldest first.
    private readonly Queue<Flush> _full = [];
    private Flush _open = new(0);

    // On their way and not settled yet, oldest first.
    private readonly Queue<Flush> _taken = [];
    private long _generation;
    private bool _isUrgent;
    private State _state = State.Open;

    // What becomes of everything that is appended once this is over.
    private ErrorCode _refusal = ErrorCode.NotLeaderOrFollower;

    public FlushQueue(FlusherOptions options, AppendBuffer buffer, TimeProvider timeProvider)
    {
        _options = options;
        _buffer = buffer;
        _timeProvider = timeProvider;
    }

    /// <summary>Counts roll-backs. What was appended in an older generation and is not committed never will be.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>What producers are told of what an abort gave up; null where there was none.</summary>
    public ErrorCode? Refusal
    {
        get
        {
            lock (_lock)
            {
                return _state == State.Aborted ? _refusal : null;
            }
        }
    }

    /// <summary>Stamps batches with their offsets and adds them to the open flush; takes over their memory where it succeeds.</summary>
    /// <param name="appender">Whose batches.</param>
    /// <param name="generation">In which the offsets were given.</param>
    /// <param name="batches">At least one.</param>
    /// <param name="baseOffset">Of the first batch.</param>
    /// <param name="mayBeDue">Whether a flush may be due earlier than was known.</param>
    /// <returns>The slice that holds them; <see langword="null"/>, with nothing changed, where <paramref name="generation"/> is outdated.</returns>
    public SliceBuilder? TryAppend(
        PartitionAppender appender, long generation, ReadOnlySpan<PreparedBatch> batches, long baseOffset, out bool mayBeDue)
    {
        lock (_lock)
        {
            if (generation != _generation)
            {
                mayBeDue = false;
                return null;
            }

            if (IsOpenTooFullFor(appender, batches))
            {
                _full.Enqueue(TakeOpen());
            }

            var flush = _open;
            var isFirst = flush.Bytes == 0;
            if (isFirst)
            {
                flush.StartDeadline(_options.UploadDeadline, _timeProvider);
            }

            var slice = appender.OpenSlice;
            if (slice?.Flush != flush)
            {
                appender.OpenSlice = slice = flush.OpenSlice(appender, baseOffset);
            }

            foreach (var batch in batches)
            {
                Append(flush, slice, batch);
            }

            mayBeDue = isFirst || flush.Bytes >= _options.FlushBytes;
            if (_state is State.Closed or State.Aborted)
            {
                // The session is over: nobody will come for this flush any more.
                GiveUpWaiting(_refusal);
            }

            return slice;
        }
    }

    /// <summary>What waits is due now.</summary>
    public void RequestFlush()
    {
        lock (_lock)
        {
            _isUrgent = _open.Bytes > 0;
        }
    }

    /// <summary>What waits, and what comes from now on, is due at once; there is an end when nothing waits.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_state == State.Open)
            {
                _state = State.Stopping;
            }
        }
    }

    /// <summary>Gives up what waits and all that comes from now on; what was taken must not be committed any more.</summary>
    /// <returns>False where that was done before.</returns>
    public bool TryAbort(ErrorCode error)
    {
        lock (_lock)
        {
            if (_state == State.Aborted)
            {
                return false;
            }

            _state = State.Aborted;
            _refusal = error;
            BeginGeneration(error);
            return true;
        }
    }

    /// <summary>Begins a new generation where a flush of the newest one failed, and gives up what waits.</summary>
    /// <returns>The new generation; null where the flush was of an older one.</returns>
    public long? TryBeginGeneration(Flush failed, ErrorCode error)
    {
        lock (_lock)
        {
            if (failed.Generation != _generation)
            {
                return null;
            }

            BeginGeneration(error);
            return _generation;
        }
    }

    /// <summary>How long the next flush has to wait; null: there will be none any more, because the queue was stopped and is empty, and so closes now, or was aborted.</summary>
    /// <param name="lastStartedAt">When the last one was begun; null: there was none.</param>
    public TimeSpan? TimeUntilNextOrClose(long? lastStartedAt)
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

            if (WhyOpenIsDue() != FlushReason.Interval || lastStartedAt is not { } startedAt)
            {
                return TimeSpan.Zero;
            }

            var wait = _options.FlushInterval - _timeProvider.GetElapsedTime(startedAt);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    /// <summary>The next flush, to be uploaded and committed; null where nothing waits.</summary>
    public Flush? TakeNext()
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

    /// <summary>Of the flushes that were taken and are not settled, the first has its outcome.</summary>
    public void SettleOldest(ErrorCode outcome)
    {
        Flush oldest;
        lock (_lock)
        {
            oldest = _taken.Dequeue();
        }

        Finish(oldest, outcome);
    }

    /// <summary>All flushes that have something and no outcome, oldest first.</summary>
    public Flush[] Unsettled()
    {
        lock (_lock)
        {
            return _open.Bytes > 0 ? [.. _taken, .. _full, _open] : [.. _taken, .. _full];
        }
    }

    // A commit, a WAL object and a slice all have a size that they can not exceed; slices count their records in 32 bits.
    private bool IsOpenTooFullFor(PartitionAppender appender, ReadOnlySpan<PreparedBatch> batches)
    {
        if (_open.Bytes == 0)
        {
            return false;
        }

        var bytes = _open.Bytes;
        var sliceRecords = appender.OpenSlice is { } slice && slice.Flush == _open ? (long)slice.RecordCount : 0;
        foreach (var (header, memory) in batches)
        {
            bytes += memory.Length;
            sliceRecords += header.RecordCount;
        }

        return _open.CommitBytes >= MaxCommitBytes || bytes > MaxFlushBytes || sliceRecords > int.MaxValue;
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

    private FlushReason WhyOpenIsDue() =>
        _state != State.Open ? FlushReason.Stopping
        : _isUrgent ? FlushReason.Requested
        : _open.Bytes >= _options.FlushBytes ? FlushReason.Size
        : FlushReason.Interval;

    private void BeginGeneration(ErrorCode error)
    {
        // First, because the open flush that takes the place of the one that is given up is of the newest generation.
        _generation++;
        GiveUpWaiting(error);
    }

    private void GiveUpWaiting(ErrorCode error)
    {
        while (_full.TryDequeue(out var full))
        {
            Finish(full, error);
        }

        Finish(TakeOpen(), error);
    }

    private Flush TakeOpen()
    {
        var flush = _open;
        _open = new Flush(_generation);
        _isUrgent = false;
        return flush;
    }

    private void Finish(Flush flush, ErrorCode outcome)
    {
        _buffer.ReleaseBudget(flush.Bytes);
        flush.Finish(outcome);
    }

    private enum State
    {
        /// <summary>Flushes go by size and interval.</summary>
        Open,

        /// <summary>What waits is due at once.</summary>
        Stopping,

        /// <summary>Nothing waited any more, and nothing new is flushed.</summary>
        Closed,

        /// <summary>Nothing is flushed, and nothing that was taken is committed.</summary>
        Aborted,
    }
}
