using System.Collections.Concurrent;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// The WAL objects that count, by a commit key or by a checkpoint that has taken the key's place, as one broker knows them; tells the
/// partitions of their slices.
/// </summary>
internal sealed class CommittedWalObjects(MetadataKeys metadataKeys, ObjectKeys objectKeys)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<WalObjectId, CommittedWalObject> _objects = new();
    private readonly ConcurrentDictionary<long, SessionCheckpoints> _checkpoints = new();

    // Value bytes of the commit keys that the metadata stream has told of, by session and sequence.
    private readonly Dictionary<long, Dictionary<long, int>> _keys = [];

    // What was read of checkpoints that the next changes to be applied name.
    private readonly Dictionary<(long Writer, long Version), IReadOnlyList<(long Sequence, CommitRecord Commit)>> _prepared = [];

    /// <summary>All of them.</summary>
    public IReadOnlyDictionary<WalObjectId, CommittedWalObject> All => _objects;

    /// <summary>The lists of checkpoints, by session.</summary>
    public IReadOnlyDictionary<long, SessionCheckpoints> Checkpoints => _checkpoints;

    /// <summary>The sessions that have commit keys, each with their number and the bytes of their values.</summary>
    public IReadOnlyList<(long Session, int Count, long Bytes)> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _keys.Select(keys => (keys.Key, keys.Value.Count, keys.Value.Values.Sum(bytes => (long)bytes)))];
            }
        }
    }

    /// <summary>Whether a WAL object is committed by a checkpoint.</summary>
    public bool IsInCheckpoint(WalObjectReference walObject) => IsInCheckpoint(walObject.Session, walObject.Sequence);

    /// <summary>Whether any list names a checkpoint, be it one that is retired.</summary>
    public bool IsNamed(long writer, long version) => _checkpoints.Values.Any(
        list => list.Record.Checkpoints.Any(checkpoint => (checkpoint.Writer, checkpoint.Version) == (writer, version)));

    /// <summary>Whether a checkpoint must be read before a list that names it can be applied.</summary>
    public bool IsUnknown(long session, CheckpointRecord checkpoint)
    {
        lock (_lock)
        {
            return !checkpoint.IsRetired
                && !_prepared.ContainsKey((checkpoint.Writer, checkpoint.Version))
                && !_checkpoints.GetValueOrDefault(session, SessionCheckpoints.None).Names(checkpoint);
        }
    }

    /// <summary>Keeps what was read of a checkpoint for the changes that are applied next.</summary>
    public void Prepare(CheckpointRecord checkpoint, IReadOnlyList<(long Sequence, CommitRecord Commit)> commits)
    {
        lock (_lock)
        {
            _prepared[(checkpoint.Writer, checkpoint.Version)] = commits;
        }
    }

    /// <summary>Takes over changes of commit keys and of lists of checkpoints; all others are passed over.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="guarded">Runs what takes over one change, and keeps one that can not be read from stopping the others.</param>
    /// <param name="findPartition">Finds a partition, or nothing where its topic is gone.</param>
    public void Apply(
        IReadOnlyList<MetadataChange> changes, Action<MetadataChange, Action<MetadataChange>> guarded, Func<Guid, int, PartitionLog?> findPartition)
    {
        // A broker's own commit comes twice, from itself and from the stream, in either order: whoever comes second
        // waits here until the records are visible, because it may acknowledge them next.
        lock (_lock)
        {
            var added = new List<(CommittedWalObject WalObject, CommitRecord Commit)>();

            // Lists first: a key that goes because a checkpoint has taken its place is no WAL object that goes.
            foreach (var change in changes)
            {
                guarded(change, one => ApplyCheckpoints(one, added));
            }

            foreach (var change in changes)
            {
                guarded(change, one => ApplyKey(one, added));
            }

            _prepared.Clear();
            Tell(added, findPartition);
        }
    }

    /// <summary>Takes over a commit of this broker, before the metadata stream brings it.</summary>
    /// <param name="findPartition">Finds a partition, or nothing where its topic is gone.</param>
    /// <param name="batchPositions">Where the batches of a partition's slice begin.</param>
    public void ApplyOwn(
        long session,
        long sequence,
        CommitRecord commit,
        Func<Guid, int, PartitionLog?> findPartition,
        Func<Guid, int, IReadOnlyList<BatchPosition>> batchPositions)
    {
        lock (_lock)
        {
            if (TryAdd(session, sequence, commit) is { } added)
            {
                foreach (var (log, slice) in SlicesOf(added, commit, findPartition, batchPositions))
                {
                    log.Apply(slice);
                }
            }
        }
    }

    /// <summary>A WAL object is gone, and its commit key where it had one; it stays for as long as a checkpoint names it.</summary>
    public void Forget(WalObjectId id)
    {
        lock (_lock)
        {
            if (!IsInCheckpoint(id.Session, id.Sequence))
            {
                _objects.TryRemove(id, out _);
            }
        }
    }

    private bool IsInCheckpoint(long session, long sequence) => _checkpoints.TryGetValue(session, out var list) && list.Holds(sequence);

    private void ApplyCheckpoints(MetadataChange change, List<(CommittedWalObject WalObject, CommitRecord Commit)> added)
    {
        if (!metadataKeys.TryParseCheckpoints(change.Key, out var session))
        {
            return;
        }

        var before = _checkpoints.GetValueOrDefault(session, SessionCheckpoints.None);
        var after = change.Entry is { } entry
            ? new SessionCheckpoints(CheckpointsRecord.Parser.ParseFrom(entry.Value.Span), entry.ModRevision)
            : SessionCheckpoints.None;
        if (change.Entry is null)
        {
            _checkpoints.TryRemove(session, out _);
        }
        else
        {
            _checkpoints[session] = after;
        }

        foreach (var (sequence, commit) in after.Live.SelectMany(one => _prepared.GetValueOrDefault((one.Writer, one.Version), [])))
        {
            if (TryAdd(session, sequence, commit) is { } one)
            {
                added.Add((one, commit));
            }
        }

        foreach (var sequence in before.Live.Where(one => !after.Names(one)).SelectMany(SessionCheckpoints.SequencesOf))
        {
            if (!HasKey(session, sequence))
            {
                _objects.TryRemove(new WalObjectId(session, sequence), out _);
            }
        }
    }

    private void ApplyKey(MetadataChange change, List<(CommittedWalObject WalObject, CommitRecord Commit)> added)
    {
        if (!metadataKeys.TryParseCommit(change.Key, out var session, out var sequence))
        {
            return;
        }

        if (change.Entry is null)
        {
            RemoveKey(session, sequence);
            Forget(new WalObjectId(session, sequence));
            return;
        }

        AddKey(session, sequence, change.Entry.Value.Length);

        // A commit never changes: this broker's own are here before the stream brings them.
        if (_objects.ContainsKey(new WalObjectId(session, sequence)))
        {
            return;
        }

        var commit = CommitRecord.Parser.ParseFrom(change.Entry.Value.Span);
        if (TryAdd(session, sequence, commit) is { } one)
        {
            added.Add((one, commit));
        }
    }

    private bool HasKey(long session, long sequence) => _keys.TryGetValue(session, out var keys) && keys.ContainsKey(sequence);

    private void AddKey(long session, long sequence, int bytes)
    {
        if (!_keys.TryGetValue(session, out var keys))
        {
            _keys.Add(session, keys = []);
        }

        keys[sequence] = bytes;
    }

    private void RemoveKey(long session, long sequence)
    {
        if (_keys.TryGetValue(session, out var keys) && keys.Remove(sequence) && keys.Count == 0)
        {
            _keys.Remove(session);
        }
    }

    private CommittedWalObject? TryAdd(long session, long sequence, CommitRecord commit)
    {
        var reference = new WalObjectReference(session, sequence, objectKeys.Wal(session, sequence), commit.ObjectLength);
        var added = new CommittedWalObject(reference, commit);
        return _objects.TryAdd(reference.Id, added) ? added : null;
    }

    private static void Tell(List<(CommittedWalObject WalObject, CommitRecord Commit)> added, Func<Guid, int, PartitionLog?> findPartition)
    {
        var slices = added.SelectMany(one => SlicesOf(one.WalObject, one.Commit, findPartition, (_, _) => []));
        if (added.Count > 1)
        {
            // What was read as a whole is in no order that counts: a partition may have gone from one session to another and back.
            // Committed slices have their offsets for themselves, so these say which came first.
            slices = slices.OrderBy(one => one.Slice.BaseOffset);
        }

        foreach (var (log, slice) in slices)
        {
            log.Apply(slice);
        }
    }

    private static IEnumerable<(PartitionLog Log, TailSlice Slice)> SlicesOf(
        CommittedWalObject walObject,
        CommitRecord commit,
        Func<Guid, int, PartitionLog?> findPartition,
        Func<Guid, int, IReadOnlyList<BatchPosition>> batchPositions)
    {
        foreach (var topicSlices in commit.Topics)
        {
            var topicId = TopicIds.FromBytes(topicSlices.TopicId);
            foreach (var slice in topicSlices.Slices)
            {
                if (findPartition(topicId, slice.Partition) is { } log)
                {
                    yield return (log, ToTailSlice(walObject, slice, batchPositions(topicId, slice.Partition)));
                }
            }
        }
    }

    private static TailSlice ToTailSlice(CommittedWalObject walObject, SliceRecord slice, IReadOnlyList<BatchPosition> batchPositions) => new()
    {
        WalObject = walObject.Reference,
        BodyPosition = slice.Position + SegmentFormat.HeaderLength,
        BodyLength = (int)(slice.Length - SegmentFormat.HeaderLength - SegmentFormat.FooterLength),
        LeaderEpoch = slice.LeaderEpoch,
        BaseOffset = slice.BaseOffset,
        EndOffset = slice.EndOffset,
        MaxTimestampMs = slice.MaxTimestampMs,
        CreatedAtMs = walObject.CreatedAtMs,
        ProducerBatches = slice.ProducerBatches.Count == 0 ? [] : [.. slice.ProducerBatches.Select(ProducerBatchConversions.FromRecord)],
        BatchPositions = batchPositions,
    };
}
