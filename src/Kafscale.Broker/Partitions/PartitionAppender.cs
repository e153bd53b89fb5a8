using Kafscale.Protocol.Records;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// The leader's side of a partition: gives out offsets, recognises retries, and hands batches to the flusher.
/// </summary>
/// <remarks>
/// Invariants 2 and 3. Everything appended behind the high watermark is provisional: when a flush can not commit, the flusher
/// begins a new generation, and the first append that meets it takes the provisional part back before it goes on.
/// Locks: the partition's own, then the flush queue's, never the other way round.
/// </remarks>
internal sealed class PartitionAppender
{
    private readonly Lock _lock = new();
    private readonly Flusher _flusher;
    private readonly BrokerSession _session;
    private readonly ProducerRecovery _recovery;

    // Read when the first records come, so that a start needs no request for each partition. Nothing is appended before, so
    // what is committed when it is read is all there is.
    private ProducerStates? _producers;
    private readonly List<ExpectedSequence> _expectedBeforeLoad = [];

    // What this partition has in flushes that are not committed yet, oldest first.
    private readonly Queue<SliceBuilder> _pending = [];
    private SliceBuilder? _newestPending;
    private long _nextOffset;
    private long _generation;
    private bool _hasEnded;

    public PartitionAppender(PartitionLog log, Flusher flusher, BrokerSession session, int leaderEpoch, ProducerRecovery recovery)
    {
        _session = session;
        Log = log;
        LeaderEpoch = leaderEpoch;
        _flusher = flusher;
        _recovery = recovery;
        _nextOffset = log.HighWatermark;
        _generation = flusher.Generation;
    }

    public PartitionLog Log { get; }

    public int LeaderEpoch { get; }

    /// <summary>Whether the session in which this broker leads is certainly alive: asked before anything is answered as the leader.</summary>
    public bool IsLeading => _session.IsAlive;

    /// <summary>What the next batch gets; nothing at or behind it can be committed.</summary>
    public long NextOffset => Volatile.Read(ref _nextOffset);

    /// <summary>The slice that the open flush has for this partition; guarded by the flush queue's lock.</summary>
    public SliceBuilder? OpenSlice { get; set; }

    /// <summary>Whether it is known who has written before; without that nothing is appended.</summary>
    public bool KnowsProducers => Volatile.Read(ref _producers) is not null;

    /// <summary>Makes known who has written before.</summary>
    /// <exception cref="IOException">The manifest can not be read; to be tried again.</exception>
    public ValueTask LoadProducersAsync(CancellationToken cancellationToken) =>
        KnowsProducers ? ValueTask.CompletedTask : RestoreProducersAsync(cancellationToken);

    /// <summary>
    /// Appends the batches of one request, all or none. Takes over their memory: it is part of a flush afterwards, or given back.
    /// </summary>
    /// <remarks>An idempotent producer's request holds one batch a partition (KIP-98); the caller has checked that.</remarks>
    public AppendResult Append(ReadOnlySpan<PreparedBatch> batches)
    {
        lock (_lock)
        {
            if (_hasEnded)
            {
                _flusher.GiveBack(batches);
                return AppendResult.Failed(ErrorCode.NotLeaderOrFollower);
            }

            if (_producers is null)
            {
                throw new InvalidOperationException($"Invariant broken: {Log.Id} is appended to before its producers are known.");
            }

            while (true)
            {
                RollBackWhereOutdated();
                if (CheckSequence(batches[0].Header) is { } answer)
                {
                    _flusher.GiveBack(batches);
                    return answer;
                }

                var baseOffset = _nextOffset;
                if (_flusher.TryAppend(this, _generation, batches, baseOffset) is { } slice)
                {
                    Remember(batches, slice);
                    return new AppendResult(ErrorCode.None, baseOffset, slice.Flush);
                }
            }
        }
    }

    /// <summary>A flush with batches of this partition has committed.</summary>
    public void OnCommitted(SliceBuilder slice)
    {
        lock (_lock)
        {
            while (_pending.TryPeek(out var oldest) && oldest.EndOffset <= slice.EndOffset)
            {
                _pending.Dequeue();
            }

            foreach (var batch in slice.ProducerBatches)
            {
                _producers?.Trim(batch.ProducerId, slice.EndOffset);
            }
        }
    }

    /// <summary>Takes note of a batch that was refused when nobody led the partition here.</summary>
    public void Expect(in ExpectedSequence expected)
    {
        lock (_lock)
        {
            if (_producers is { } producers)
            {
                producers.Expect(expected);
            }
            else if (_expectedBeforeLoad.Count < RefusedProducers.MaxProducers)
            {
                _expectedBeforeLoad.Add(expected);
            }
        }
    }

    /// <summary>Appends nothing any more; completes once everything that was appended is committed, or certainly never will be.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _hasEnded = true;
            return _newestPending?.Flush.Settled ?? Task.CompletedTask;
        }
    }

    /// <summary>Appends nothing any more, and tells what producers have to send again to whoever leads the partition here next.</summary>
    /// <remarks>
    /// What is on its way may be committed all the same; it is restored then, and says more than what is expected. It is not
    /// to be asked later: once somebody else has led, the high watermark no longer tells what of this appender's was committed.
    /// </remarks>
    public IReadOnlyList<ExpectedSequence> End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            if (_producers is null)
            {
                return [.. _expectedBeforeLoad];
            }

            _producers.RollBackTo(Log.HighWatermark);
            return [.. _producers.Expected];
        }
    }

    /// <summary>Forgets idle producers (<c>producer.id.expiration.ms</c>).</summary>
    public void ExpireProducers(long oldestTimestampMs)
    {
        lock (_lock)
        {
            _producers?.Expire(oldestTimestampMs, Log.HighWatermark);
        }
    }

    /// <summary>The producers as they are now, uncommitted batches included (DescribeProducers).</summary>
    public async ValueTask<IReadOnlyList<WalProducerBatch>> DescribeProducersAsync(CancellationToken cancellationToken)
    {
        await LoadProducersAsync(cancellationToken);
        lock (_lock)
        {
            return [.. _producers!.Batches];
        }
    }

    private async ValueTask RestoreProducersAsync(CancellationToken cancellationToken)
    {
        var restored = await _recovery.RestoreAsync(Log, cancellationToken);
        lock (_lock)
        {
            // Whoever came first may have appended since.
            if (_producers is not null)
            {
                return;
            }

            foreach (var expected in _expectedBeforeLoad)
            {
                restored.Expect(expected);
            }

            _expectedBeforeLoad.Clear();
            Volatile.Write(ref _producers, restored);
        }
    }

    private void RollBackWhereOutdated()
    {
        var generation = _flusher.Generation;
        if (_generation == generation)
        {
            return;
        }

        // No flush of an older generation commits after the new one began, so the high watermark is where the log ends.
        _nextOffset = PlantedDefects.RollBackForgotten ? _nextOffset : Log.HighWatermark;
        _producers?.RollBackTo(_nextOffset);
        _pending.Clear();
        _generation = generation;
    }

    private AppendResult? CheckSequence(in RecordBatchHeader header)
    {
        if (!header.HasProducerId)
        {
            return null;
        }

        switch (_producers!.Check(header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.LastSequence, out var duplicate))
        {
            case SequenceCheck.OutOfOrder:
                return AppendResult.Failed(ErrorCode.OutOfOrderSequenceNumber);
            case SequenceCheck.Fenced:
                return AppendResult.Failed(ErrorCode.InvalidProducerEpoch);
            case SequenceCheck.Duplicate:
                return new AppendResult(ErrorCode.None, duplicate.BaseOffset, FindPending(duplicate.LastOffset));
            default:
                return null;
        }
    }

    // The flush that a stored batch still waits for, or null where it is committed.
    private Flush? FindPending(long lastOffset)
    {
        if (lastOffset < Log.HighWatermark)
        {
            return null;
        }

        foreach (var slice in _pending)
        {
            if (lastOffset < slice.EndOffset)
            {
                return slice.Flush;
            }
        }

        throw new InvalidOperationException($"Invariant broken: {Log.Id} remembers a batch up to offset {lastOffset} that is neither committed nor on its way.");
    }

    private void Remember(ReadOnlySpan<PreparedBatch> batches, SliceBuilder slice)
    {
        if (!ReferenceEquals(_newestPending, slice))
        {
            _newestPending = slice;
            _pending.Enqueue(slice);
        }

        foreach (var (header, _) in batches)
        {
            var lastOffset = _nextOffset + header.LastOffsetDelta;
            if (header.HasProducerId)
            {
                _producers!.Add(new WalProducerBatch(
                    header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.LastSequence, _nextOffset, lastOffset, slice.Flush.OpenedAtMs));
            }

            _nextOffset = lastOffset + 1;
        }
    }
}
