using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Snapshots;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.StorageTools;

/// <summary>
/// Reads everything that a cluster has stored and checks every checksum, offset and reference: <c>kafscale storage verify</c>.
/// </summary>
public sealed class StorageVerification
{
    /// <summary>How many problems are described; more are counted.</summary>
    public const int MaxProblems = 1_000;

    private const string Restore = "Restore the object from a copy of the bucket; without one its records are lost.";
    private const string Rewrite = "Nothing has to be done where its records are merged; else restore it from a copy of the bucket.";

    private readonly IObjectStore _objectStore;
    private readonly IMetadataStore? _metadataStore;
    private readonly ObjectKeys _objectKeys;
    private readonly MetadataKeys _metadataKeys;
    private readonly StorageToolsOptions _options;
    private readonly string? _onlyTopic;
    private readonly Action<VerifyProgress> _progress;

    private readonly Lock _lock = new();
    private readonly List<StorageProblem> _problems = [];
    private readonly HashSet<string> _referenced = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Topic, int Partition), Manifest> _manifests = [];
    private BucketInventory _inventory = new();
    private StoredMetadata? _metadata;
    private int _problemCount;
    private int _partitions;
    private long _objects;
    private long _objectsInAll;
    private long _bytes;
    private long _bytesInAll;
    private long _records;
    private long _greatestProducerId = -1;

    /// <summary>Prepares a verification.</summary>
    /// <param name="objectStore">The bucket.</param>
    /// <param name="metadataStore">The metadata; <see langword="null"/>: the objects are compared with each other alone.</param>
    /// <param name="options">Where the cluster is in them.</param>
    /// <param name="onlyTopic">Looks at this topic alone; <see langword="null"/>: at all.</param>
    /// <param name="progress">Is told how far it has come.</param>
    public StorageVerification(
        IObjectStore objectStore, IMetadataStore? metadataStore, StorageToolsOptions options, string? onlyTopic, Action<VerifyProgress> progress)
    {
        _objectStore = objectStore;
        _metadataStore = metadataStore;
        _objectKeys = new ObjectKeys(options.Namespace);
        _metadataKeys = new MetadataKeys(options.MetadataRoot);
        _options = options;
        _onlyTopic = onlyTopic;
        _progress = progress;
    }

    /// <summary>Goes through everything once.</summary>
    public async Task<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        _inventory = await BucketInventory.ReadAsync(_objectStore, _objectKeys, cancellationToken);
        _metadata = _metadataStore is null ? null : await StoredMetadata.ReadAsync(_metadataStore, _metadataKeys, cancellationToken);
        await VerifyManifestsAsync(cancellationToken);
        await VerifyCheckpointsAsync(cancellationToken);
        CheckReferences();
        var work = ChooseObjects();
        _objectsInAll = work.Count;
        _bytesInAll = work.Sum(one => one.Bytes);
        await BoundedReads.ForEachAsync(work, one => one.Bytes, _options.Concurrency, _options.MemoryBytes, one => RunAsync(one, cancellationToken));
        CheckProducerIds();
        var unreferenced = _inventory.Keys.Except(_inventory.Others).Where(key => !_referenced.Contains(key) && IsOfInterest(key)).ToList();
        return new VerifyReport
        {
            Problems = [.. _problems.OrderBy(problem => problem.Where, StringComparer.Ordinal)],
            ProblemCount = _problemCount,
            Objects = _objects,
            Bytes = _bytes,
            Records = _records,
            Partitions = _partitions,
            UnreferencedObjects = unreferenced.Count,
            UnreferencedBytes = unreferenced.Sum(key => _inventory.LengthOf(key) ?? 0),
            ForeignObjects = _inventory.Others.Count,
            AreBrokersLive = _metadata is { LiveSessions: > 0 },
        };
    }

    private bool IsOfInterest(string key) =>
        _onlyTopic is null || key.StartsWith($"{_objectKeys.Prefix}/{_onlyTopic}/", StringComparison.Ordinal);

    private void Report(string where, string what, string whatToDo)
    {
        lock (_lock)
        {
            _problemCount++;
            if (_problems.Count < MaxProblems)
            {
                _problems.Add(new StorageProblem(where, what, whatToDo));
            }
        }
    }

    // Manifests come first, because what they say decides about the rest.
    private async Task VerifyManifestsAsync(CancellationToken cancellationToken)
    {
        var names = _metadata?.Topics.ToDictionary(topic => TopicIds.FromBytes(topic.Value.TopicId), topic => topic.Key);
        var current = new List<(string Key, Guid TopicId, int Partition, long Version)>();
        if (_metadata is null)
        {
            current.AddRange(_inventory.Manifests.GroupBy(found => (found.TopicId, found.Partition)).Select(versions => versions.MaxBy(found => found.Version)));
        }
        else
        {
            current.AddRange(
                from record in _metadata.Partitions
                where record.Value.ManifestVersion > 0 && names!.ContainsKey(record.Key.TopicId)
                select (
                    _objectKeys.Manifest(record.Key.TopicId, record.Key.Partition, record.Value.ManifestVersion),
                    record.Key.TopicId,
                    record.Key.Partition,
                    record.Value.ManifestVersion));
        }

        await BoundedReads.ForEachAsync(
            current.Where(one => _onlyTopic is null || names is null || names[one.TopicId] == _onlyTopic),
            one => _inventory.LengthOf(one.Key) ?? 0,
            _options.Concurrency,
            _options.MemoryBytes,
            one => VerifyManifestAsync(one.Key, one.TopicId, one.Partition, one.Version, cancellationToken));
    }

    private async Task VerifyManifestAsync(string key, Guid topicId, int partition, long version, CancellationToken cancellationToken)
    {
        const string WhatToDo = "Restore the object from a copy of the bucket; until then no broker can serve the partition.";
        try
        {
            var manifest = ManifestReader.Read(key, await WholeObject.ReadAsync(_objectStore, key, cancellationToken));
            Count(_inventory.LengthOf(key) ?? 0);
            if ((manifest.TopicId, manifest.Partition, manifest.Version) != (topicId, partition, version))
            {
                Report(key, $"It says that it is version {manifest.Version} of {manifest.TopicName}-{manifest.Partition}.", WhatToDo);
                return;
            }

            lock (_lock)
            {
                _referenced.Add(key);
                _manifests[(manifest.TopicName, manifest.Partition)] = manifest;
                foreach (var producer in manifest.Producers)
                {
                    _greatestProducerId = Math.Max(_greatestProducerId, producer.ProducerId);
                }
            }
        }
        catch (Exception exception) when (exception is CorruptObjectException or ObjectNotFoundException or NotSupportedException)
        {
            lock (_lock)
            {
                _referenced.Add(key);
            }

            Report(key, exception.Message, WhatToDo);
        }
    }

    // They come before what they name, because what they say decides about it.
    private async Task VerifyCheckpointsAsync(CancellationToken cancellationToken)
    {
        var listed = _metadata?.Checkpoints.SelectMany(list => list.Value.Checkpoints, (list, checkpoint) => (Session: list.Key, Record: checkpoint)).ToList() ?? [];
        _referenced.UnionWith(listed.Select(one => _objectKeys.Checkpoint(one.Record.Writer, one.Record.Version)));
        await BoundedReads.ForEachAsync(
            listed.Where(one => !one.Record.IsRetired),
            one => one.Record.Bytes,
            _options.Concurrency,
            _options.MemoryBytes,
            one => VerifyCheckpointAsync(one.Session, one.Record, cancellationToken));
        if (_metadata is null)
        {
            _referenced.UnionWith(_inventory.Checkpoints);
        }
    }

    private async Task VerifyCheckpointAsync(long session, CheckpointRecord record, CancellationToken cancellationToken)
    {
        var key = _objectKeys.Checkpoint(record.Writer, record.Version);
        try
        {
            var checkpoint = Checkpoint.Read(key, await WholeObject.ReadAsync(_objectStore, key, cancellationToken));
            var commits = CheckpointReader.Parse(key, session, record, checkpoint);
            Count(record.Bytes);
            lock (_lock)
            {
                foreach (var (sequence, commit) in commits)
                {
                    if (!_metadata!.IsDead(commit))
                    {
                        _metadata.Commits.TryAdd((session, sequence), commit);
                    }
                }
            }
        }
        catch (Exception exception) when (exception is CorruptObjectException or ObjectNotFoundException or NotSupportedException)
        {
            Report(key, exception.Message, "Restore the object from a copy of the bucket, or make the metadata anew with 'kafscale storage rebuild'.");
        }
    }

    private void CheckReferences()
    {
        foreach (var manifest in _manifests.Values.Where(manifest => _onlyTopic is null || manifest.TopicName == _onlyTopic))
        {
            var logStartOffset = LogStartOf(manifest);
            foreach (var segment in manifest.Segments)
            {
                // Those below the log start may be deleted already.
                var isDead = segment.EndOffset <= logStartOffset;
                CheckLength(_objectKeys.Segment(manifest.TopicName, manifest.Partition, segment.BaseOffset), segment.SegmentBytes, isDead);
                CheckLength(_objectKeys.Index(manifest.TopicName, manifest.Partition, segment.BaseOffset), segment.IndexBytes, isDead);
            }
        }

        foreach (var key in _inventory.Marks.Concat(_inventory.Snapshots))
        {
            _referenced.Add(key);
        }

        if (_metadata is null)
        {
            _partitions = _manifests.Count;
            _referenced.UnionWith(_inventory.WalObjects.Select(found => found.Key));
            return;
        }

        foreach (var ((session, sequence), commit) in _metadata.Commits)
        {
            // Garbage goes before the key that names it, and a broker may have stopped in between.
            CheckLength(_objectKeys.Wal(session, sequence), commit.ObjectLength, _metadata.IsDead(commit));
        }

        CheckPartitions(_metadata);
    }

    private void CheckLength(string key, long expected, bool isDead)
    {
        _referenced.Add(key);
        var length = _inventory.LengthOf(key);
        if (length is null && !isDead)
        {
            Report(key, "The object is missing.", Restore);
        }
        else if (length is not null && length != expected)
        {
            Report(key, $"The object has {length} bytes, but {expected} are expected.", Restore);
        }
    }

    private long LogStartOf(Manifest manifest) =>
        _metadata is not null && _metadata.Partitions.TryGetValue((manifest.TopicId, manifest.Partition), out var record)
            ? record.LogStartOffset
            : LogStartByObjects(manifest);

    // Retention deletes the oldest segments before the manifest says so.
    private long LogStartByObjects(Manifest manifest)
    {
        var gone = manifest.Segments.TakeWhile(segment =>
            _inventory.LengthOf(_objectKeys.Segment(manifest.TopicName, manifest.Partition, segment.BaseOffset)) is null);
        return gone.Select(segment => segment.EndOffset).Append(manifest.LogStartOffset).Max();
    }

    private void CheckPartitions(StoredMetadata metadata)
    {
        var slices = (from commit in metadata.Commits.Values
                      from topic in commit.Topics
                      from slice in topic.Slices
                      group slice by (TopicIds.FromBytes(topic.TopicId), slice.Partition)).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var (name, topic) in metadata.Topics.Where(topic => _onlyTopic is null || topic.Key == _onlyTopic))
        {
            var topicId = TopicIds.FromBytes(topic.TopicId);
            for (var partition = 0; partition < topic.PartitionCount; partition++)
            {
                _partitions++;
                metadata.Partitions.TryGetValue((topicId, partition), out var record);
                slices.TryGetValue((topicId, partition), out var tail);
                _manifests.TryGetValue((name, partition), out var manifest);
                var problem = PartitionCheck.FindProblem(record ?? new PartitionRecord(), manifest, tail ?? []);
                if (problem is not null)
                {
                    Report($"{name}-{partition}", problem, "Look at the log of the brokers; 'kafscale storage rebuild' makes the metadata anew from the bucket.");
                }
            }
        }
    }

    private List<VerifyWork> ChooseObjects()
    {
        var work = new List<VerifyWork>();
        foreach (var (key, topic, partition, baseOffset) in _inventory.Segments.Where(found => _onlyTopic is null || found.Topic == _onlyTopic))
        {
            if (_referenced.Contains(key))
            {
                var indexKey = _objectKeys.Index(topic, partition, baseOffset);
                work.Add(new VerifyWork(
                    key, (_inventory.LengthOf(key) ?? 0) + (_inventory.LengthOf(indexKey) ?? 0), ct => VerifySegmentAsync(key, indexKey, topic, partition, baseOffset, ct)));
            }
        }

        foreach (var (key, session, sequence) in _inventory.WalObjects.Where(found => _referenced.Contains(found.Key)))
        {
            CommitRecord? commit = null;
            if ((_metadata?.Commits.TryGetValue((session, sequence), out commit) ?? false) && !IsOfInterest(commit!))
            {
                continue;
            }

            work.Add(new VerifyWork(key, _inventory.LengthOf(key) ?? 0, ct => VerifyWalObjectAsync(key, session, sequence, commit, ct)));
        }

        var copies = _inventory.Marks.Concat(_inventory.Snapshots).Concat(_metadata is null ? _inventory.Checkpoints : []);
        foreach (var key in _onlyTopic is null ? copies : [])
        {
            work.Add(new VerifyWork(key, _inventory.LengthOf(key) ?? 0, ct => VerifyCopyAsync(key, ct)));
        }

        return work;
    }

    private bool IsOfInterest(CommitRecord commit) =>
        _onlyTopic is null
        || (_metadata!.Topics.TryGetValue(_onlyTopic, out var topic) && commit.Topics.Any(slices => slices.TopicId.Equals(topic.TopicId)));

    private async Task RunAsync(VerifyWork work, CancellationToken cancellationToken)
    {
        try
        {
            await work.VerifyAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is CorruptObjectException or ObjectNotFoundException or NotSupportedException)
        {
            var key = exception is CorruptObjectException { Key: var corrupt } ? corrupt : work.Key;
            Report(key, exception.Message, WhatToDoAbout(key));
        }

        Count(work.Bytes);
    }

    private string WhatToDoAbout(string key)
    {
        if (_objectKeys.TryParseIndex(key, out _, out _, out _))
        {
            return "Records stay readable, more slowly; restore the object from a copy of the bucket.";
        }

        if (_objectKeys.TryParseSnapshot(key, out _, out _))
        {
            return "Nothing has to be done: the next copy of the metadata replaces it.";
        }

        return _objectKeys.TryParseWal(key, out _, out _) ? Rewrite : Restore;
    }

    private void Count(long bytes)
    {
        lock (_lock)
        {
            _objects++;
            _bytes += bytes;
            _progress(new VerifyProgress(_objects, Math.Max(_objects, _objectsInAll), _bytes, Math.Max(_bytes, _bytesInAll)));
        }
    }

    private async Task VerifySegmentAsync(string key, string indexKey, string topic, int partition, long baseOffset, CancellationToken cancellationToken)
    {
        var length = _inventory.LengthOf(key)!.Value;
        var segment = SegmentCheck.Read(key, await WholeObject.ReadAsync(_objectStore, key, length, cancellationToken));
        Interlocked.Add(ref _records, segment.RecordCount);
        var manifest = _manifests[(topic, partition)];
        SegmentCheck.Compare(key, segment, length, manifest, manifest.FindSegment(baseOffset)!.Value);
        if (_inventory.LengthOf(indexKey) is { } indexLength)
        {
            SegmentCheck.CompareIndex(indexKey, await WholeObject.ReadAsync(_objectStore, indexKey, indexLength, cancellationToken), segment);
        }
    }

    private async Task VerifyWalObjectAsync(string key, long session, long sequence, CommitRecord? commit, CancellationToken cancellationToken)
    {
        var bytes = await WholeObject.ReadAsync(_objectStore, key, _inventory.LengthOf(key)!.Value, cancellationToken);
        var directory = WalObjectReader.Read(key, bytes);
        if ((directory.Session, directory.Sequence) != (session, sequence))
        {
            throw new CorruptObjectException(key, 0, $"It says that it is number {directory.Sequence} of session {directory.Session:x}.");
        }

        foreach (var entry in directory.Entries)
        {
            SegmentCheck.CheckBatches(key, bytes.Slice(entry.BatchesPosition, entry.BatchesLength), entry.BatchesPosition, header =>
                header.PartitionLeaderEpoch == entry.LeaderEpoch
                    ? null
                    : $"The batch at offset {header.BaseOffset} has leader epoch {header.PartitionLeaderEpoch}, its slice {entry.LeaderEpoch}.");
            Interlocked.Add(ref _records, entry.RecordCount);
            lock (_lock)
            {
                foreach (var batch in entry.ProducerBatches)
                {
                    _greatestProducerId = Math.Max(_greatestProducerId, batch.ProducerId);
                }
            }
        }

        if (commit is not null && PartitionCheck.FindDifference(commit, directory) is { } difference)
        {
            throw new CorruptObjectException(key, 0, difference);
        }
    }

    private async Task VerifyCopyAsync(string key, CancellationToken cancellationToken)
    {
        var bytes = await WholeObject.ReadAsync(_objectStore, key, cancellationToken);
        if (_objectKeys.TryParseMark(key, out var incarnation))
        {
            var mark = ClusterMark.Read(key, bytes);
            if (mark.Incarnation != incarnation)
            {
                throw new CorruptObjectException(key, 0, $"It says that it is the mark of incarnation {mark.Incarnation}.");
            }
        }
        else if (_objectKeys.TryParseCheckpoint(key, out _, out _))
        {
            Checkpoint.Read(key, bytes);
        }
        else
        {
            MetadataSnapshot.Read(key, bytes);
        }
    }

    private void CheckProducerIds()
    {
        if (_metadata is not null && _greatestProducerId >= _metadata.NextProducerId && _metadata.NextProducerId > 0)
        {
            Report(
                _metadataKeys.NextProducerId,
                $"The next producer id is {_metadata.NextProducerId}, but {_greatestProducerId} is in use.",
                "Stop the brokers and rebuild the metadata with 'kafscale storage rebuild'.");
        }
    }

    private sealed record VerifyWork(string Key, long Bytes, Func<CancellationToken, Task> VerifyAsync);
}
