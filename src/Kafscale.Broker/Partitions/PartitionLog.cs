using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// What is committed of one partition, as every broker knows it from the metadata stream: the log start, the
/// manifest's version, the slices behind it, and the high watermark.
/// </summary>
/// <remarks>
/// Invariant 2: over committed records offsets are contiguous. A slice is only taken over where it continues the log.
/// Only metadata is kept here; bytes are read by <see cref="PartitionReader"/>.
/// </remarks>
internal sealed class PartitionLog
{
    private readonly Lock _lock = new();
    private readonly LogTail _tail = new();
    private readonly LeaderSeat _leading = new();

    // Below the log start and above what was merged: the next manifest takes over what they say of producers and epochs.
    private readonly List<TailSlice> _deleted = [];
    private readonly List<ILogListener> _listeners = [];
    private PartitionRecord _record = new() { Leader = NoLeader };
    private long _recordRevision;
    private long _highWatermark;
    private long _writtenBytes;
    private long _fetchedBytes;
    private long _producedBytes;

    public const int NoLeader = -1;

    public PartitionLog(TopicPartition id)
    {
        Id = id;
    }

    public TopicPartition Id { get; }

    /// <summary>The broker that appends to this partition, or <see cref="NoLeader"/>.</summary>
    public int Leader => Snapshot(record => record.Leader);

    public int LeaderEpoch => Snapshot(record => record.LeaderEpoch);

    public long LogStartOffset => Snapshot(record => record.LogStartOffset);

    public long MergedThroughOffset => Snapshot(record => record.MergedThroughOffset);

    /// <summary>Behind the last committed record.</summary>
    public long HighWatermark => Volatile.Read(ref _highWatermark);

    /// <summary>Whether the topic was deleted.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>The leader's side, while this broker leads the partition.</summary>
    public PartitionAppender? Appender => _leading.Appender;

    /// <summary>The metadata record and the revision at which it was last written (0: never).</summary>
    public (PartitionRecord Record, long Revision) Record
    {
        get
        {
            lock (_lock)
            {
                return (_record, _recordRevision);
            }
        }
    }

    /// <summary>The manifest that somebody needed last, so that its key is not made for each read.</summary>
    public ManifestKey? LastManifestKey { get; set; }

    /// <summary>Committed bytes that are not in a segment yet.</summary>
    public long TailBytes
    {
        get
        {
            lock (_lock)
            {
                return _tail.Bytes;
            }
        }
    }

    /// <summary>How many committed slices are not in a segment yet.</summary>
    public int TailCount
    {
        get
        {
            lock (_lock)
            {
                return _tail.Count;
            }
        }
    }

    /// <summary>The oldest slice that is not in a segment yet, or <see langword="null"/>.</summary>
    public TailSlice? TailStart
    {
        get
        {
            lock (_lock)
            {
                return _tail.Oldest;
            }
        }
    }

    /// <summary>The committed slices that are not in a segment yet, oldest first.</summary>
    public IReadOnlyList<TailSlice> Tail
    {
        get
        {
            lock (_lock)
            {
                return _tail.Slices;
            }
        }
    }

    /// <summary>
    /// The committed slices whose records were deleted before they were merged, oldest first; they stay until a manifest knows
    /// what they say of producers and leader epochs.
    /// </summary>
    public IReadOnlyList<TailSlice> Deleted
    {
        get
        {
            lock (_lock)
            {
                return [.. _deleted];
            }
        }
    }

    /// <summary>No segment that is still to be written begins before this offset.</summary>
    public long NextSegmentOffset
    {
        get
        {
            lock (_lock)
            {
                return _tail.Oldest?.BaseOffset ?? _highWatermark;
            }
        }
    }

    /// <summary>The manifest's version together with all slices that are behind that manifest, deleted ones too, oldest first.</summary>
    public (long ManifestVersion, IReadOnlyList<TailSlice> Slices) ManifestAndUnmerged
    {
        get
        {
            lock (_lock)
            {
                return (_record.ManifestVersion, [.. _deleted, .. _tail.Slices]);
            }
        }
    }

    /// <summary>Bytes that were committed and bytes that this broker has handed out, since it knows the partition.</summary>
    public (long Written, long Fetched) Traffic => (Interlocked.Read(ref _writtenBytes), Interlocked.Read(ref _fetchedBytes));

    /// <summary>Bytes that this broker has accepted.</summary>
    public long ProducedBytes => Interlocked.Read(ref _producedBytes);

    public void NoteProduced(long bytes) => Interlocked.Add(ref _producedBytes, bytes);

    public void NoteFetched(long bytes) => Interlocked.Add(ref _fetchedBytes, bytes);

    /// <summary>Takes over the partition's metadata record.</summary>
    public void Apply(PartitionRecord record, long revision)
    {
        ILogListener[] listeners;
        lock (_lock)
        {
            if (revision <= _recordRevision)
            {
                return;
            }

            _record = record;
            _recordRevision = revision;
            var first = Math.Max(record.MergedThroughOffset, record.LogStartOffset);
            _deleted.AddRange(_tail.RemoveBelow(first));
            _deleted.RemoveAll(slice => slice.EndOffset <= record.MergedThroughOffset);
            Volatile.Write(ref _highWatermark, Math.Max(_highWatermark, first));
            listeners = [.. _listeners];
        }

        // Whoever waits for a leader epoch, or for records that were merged before their commit was heard of.
        Tell(listeners);
    }

    /// <summary>Takes over a committed slice; one that is known already, or lies below the log, is passed over.</summary>
    public void Apply(TailSlice slice)
    {
        ILogListener[] listeners;
        lock (_lock)
        {
            if (slice.EndOffset <= _highWatermark)
            {
                if (slice.EndOffset > _record.MergedThroughOffset)
                {
                    _deleted.Add(slice);
                }

                return;
            }

            // Where the log start lies within a slice, everything older may be gone; else a slice begins where the last one ends.
            var continues = _tail.Count == 0 ? slice.BaseOffset <= _highWatermark : slice.BaseOffset == _highWatermark;
            if (!continues)
            {
                throw new InvalidOperationException(
                    $"Invariant broken: {Id} ends at {_highWatermark} and the next committed slice begins at {slice.BaseOffset}.");
            }

            _tail.Add(slice);
            Interlocked.Add(ref _writtenBytes, slice.BodyLength);
            Volatile.Write(ref _highWatermark, slice.EndOffset);
            if (_listeners.Count == 0)
            {
                return;
            }

            listeners = [.. _listeners];
        }

        Tell(listeners);
    }

    /// <summary>The topic is deleted: whoever waits for records learns that there will be none.</summary>
    public void Remove()
    {
        IsRemoved = true;
        _leading.Close();
        TellAll();
    }

    /// <summary>This broker leads the partition from now on, and does not forget what it has refused before.</summary>
    /// <param name="appender">The leader's side.</param>
    /// <param name="oldestProducerMs">Producers that were refused before are forgotten; Unix milliseconds.</param>
    public void StartLeading(PartitionAppender appender, long oldestProducerMs) => _leading.Take(appender, oldestProducerMs);

    /// <summary>
    /// Takes note that an idempotent producer's batch was refused because this broker does not lead the partition: should it
    /// lead it again before the producer's pipeline has come to its end, that batch must come before the later ones.
    /// </summary>
    public void NoteRefused(in ExpectedSequence expected) => _leading.NoteRefused(expected);

    /// <summary>Forgets producers whose batches were refused before a time, in Unix milliseconds.</summary>
    public void ForgetRefused(long oldestMs) => _leading.ForgetRefused(oldestMs);

    /// <summary>This broker leads the partition no more: whoever waits for records here looks for another leader.</summary>
    public void StopLeading()
    {
        _leading.Leave();
        TellAll();
    }

    /// <summary>
    /// Where the batch with the given offset, and as many after it as <paramref name="maxBytes"/> allows, are in WAL
    /// objects; empty where the offset lies in a segment or is not committed.
    /// </summary>
    /// <remarks>The first range begins with or before the batch that holds the offset; it may be larger than asked for.</remarks>
    public void FindInTail(long offset, int maxBytes, List<LogRange> ranges)
    {
        lock (_lock)
        {
            _tail.Find(offset, maxBytes, ranges);
        }
    }

    /// <summary>How many committed bytes there are from an offset on, counted up to a limit; an estimate within one slice.</summary>
    public long EstimateBytesFrom(long offset, long limit)
    {
        lock (_lock)
        {
            // Of what is in segments never nothing: the first batch is returned whatever its size.
            return offset >= _highWatermark ? 0 : _tail.EstimateBytesFrom(offset, limit) ?? Math.Max(1, limit);
        }
    }

    /// <summary>Tells a listener of every advance of the high watermark until it is removed.</summary>
    public void AddListener(ILogListener listener)
    {
        lock (_lock)
        {
            _listeners.Add(listener);
        }
    }

    public void RemoveListener(ILogListener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
        }
    }

    private void TellAll()
    {
        ILogListener[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        Tell(listeners);
    }

    private static void Tell(ILogListener[] listeners)
    {
        foreach (var listener in listeners)
        {
            listener.OnLogChanged();
        }
    }

    private T Snapshot<T>(Func<PartitionRecord, T> read)
    {
        lock (_lock)
        {
            return read(_record);
        }
    }
}
