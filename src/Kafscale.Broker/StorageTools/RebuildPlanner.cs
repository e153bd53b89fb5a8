using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Snapshots;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.StorageTools;

/// <summary>Finds out from a bucket alone what the metadata were.</summary>
internal sealed class RebuildPlanner(IObjectStore objectStore, ObjectKeys objectKeys, StorageToolsOptions options)
{
    private const long BytesPerRead = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid TopicId, int Partition), RebuildPartition> _partitions = [];
    private readonly List<RebuildWalObject> _walObjects = [];
    private readonly Dictionary<string, (Guid TopicId, TopicRecord Record, bool IsInSnapshot)> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _restored = [];
    private readonly List<string> _remarks = [];
    private readonly List<string> _losses = [];
    private BucketInventory _inventory = new();
    private SnapshotView? _snapshot;
    private long _greatestProducerId = -1;

    /// <summary>What of the metadata is not part of any topic or partition.</summary>
    public IReadOnlyList<SnapshotEntry> Others { get; private set; } = [];

    /// <summary>The topics that come back, by name.</summary>
    public IEnumerable<(string Name, TopicRecord Record)> Topics => _topics.Select(topic => (topic.Key, topic.Value.Record));

    /// <summary>The partitions of these topics of which there is anything.</summary>
    public IEnumerable<RebuildPartition> Partitions => _partitions.Values.Where(partition => IsRestored(partition.TopicId));

    /// <summary>The WAL objects that are committed again, each with those of its slices that are not merged.</summary>
    public IEnumerable<(RebuildWalObject WalObject, List<RebuildSlice> Slices)> Commits =>
        from slice in Partitions.SelectMany(partition => partition.Committed)
        group slice by slice.WalObject into walObject
        select (walObject.Key, walObject.ToList());

    public long NextProducerId(long incarnation) =>
        Math.Max(Math.Max(_snapshot?.NextProducerId ?? 0, _greatestProducerId + 1), SessionNumbers.Of(incarnation, 0));

    /// <summary>Reads the bucket: one listing, and of every WAL object and newest manifest what it says of itself.</summary>
    public async Task<RebuildPlan> PlanAsync(CancellationToken cancellationToken)
    {
        _inventory = await BucketInventory.ReadAsync(objectStore, objectKeys, cancellationToken);
        var mark = await ReadMarkAsync(cancellationToken);
        await ReadSnapshotAsync(cancellationToken);
        await ReadManifestsAsync(cancellationToken);
        await ReadWalObjectsAsync(cancellationToken);
        ChooseTopics();
        AddPartitionsOfSnapshot();
        Settle();
        Others = [.. _snapshot?.Others.Where(IsRestored) ?? []];
        Explain();
        var greatestSession = _inventory.WalObjects.Count > 0 ? _inventory.WalObjects.Max(found => found.Session) : 0;
        return new RebuildPlan
        {
            ClusterId = mark?.ClusterId ?? _snapshot?.Snapshot.ClusterId ?? "",
            Incarnation = Math.Max(
                Math.Max(mark?.Incarnation ?? 0, _snapshot?.Snapshot.Incarnation ?? 0), SessionNumbers.IncarnationOf(greatestSession)) + 1,
            Snapshot = _snapshot?.Key,
            SnapshotTakenAt = _snapshot is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(_snapshot.Snapshot.CreatedAtMs),
            Topics = [.. _topics.OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(topic => Describe(topic.Key, topic.Value))],
            CommittedWalObjects = Commits.Count(),
            CommittedOffsets = Others.Count(entry => entry.Key.StartsWith("offsets/", StringComparison.Ordinal)),
            Remarks = [.. _remarks.Order(StringComparer.Ordinal)],
            Losses = [.. _losses.Order(StringComparer.Ordinal)],
        };
    }

    private async Task<ClusterMark?> ReadMarkAsync(CancellationToken cancellationToken)
    {
        foreach (var key in Enumerable.Reverse(_inventory.Marks))
        {
            try
            {
                return ClusterMark.Read(key, await WholeObject.ReadAsync(objectStore, key, cancellationToken));
            }
            catch (CorruptObjectException exception)
            {
                _remarks.Add(exception.Message);
            }
        }

        return null;
    }

    private async Task ReadSnapshotAsync(CancellationToken cancellationToken)
    {
        foreach (var key in Enumerable.Reverse(_inventory.Snapshots))
        {
            try
            {
                _snapshot = new SnapshotView(key, MetadataSnapshot.Read(key, await WholeObject.ReadAsync(objectStore, key, cancellationToken)));
                return;
            }
            catch (CorruptObjectException exception)
            {
                _remarks.Add($"{exception.Message} An older copy of the metadata is taken, where there is one.");
            }
        }
    }

    private async Task ReadManifestsAsync(CancellationToken cancellationToken) => await BoundedReads.ForEachAsync(
        _inventory.Manifests.GroupBy(manifest => (manifest.TopicId, manifest.Partition)),
        versions => versions.Max(version => _inventory.LengthOf(version.Key) ?? 0),
        options.Concurrency,
        options.MemoryBytes,
        async versions =>
        {
            foreach (var (key, topicId, partition, version) in versions.OrderByDescending(version => version.Version))
            {
                try
                {
                    var manifest = ManifestReader.Read(key, await WholeObject.ReadAsync(objectStore, key, cancellationToken));
                    if ((manifest.TopicId, manifest.Partition, manifest.Version) != (topicId, partition, version))
                    {
                        throw new CorruptObjectException(key, 0, "It is the manifest of another partition, or of another version.");
                    }

                    Take(manifest, versions.Max(one => EpochOf(one.Version)));
                    return;
                }
                catch (CorruptObjectException exception)
                {
                    Lose($"{exception.Message} An older version is taken, where there is one.");
                }
            }
        });

    private static int EpochOf(long version) => (int)ManifestSink.EpochOf(version);

    private void Take(Manifest manifest, int epoch)
    {
        lock (_lock)
        {
            var partition = PartitionOf(manifest.TopicId, manifest.TopicName, manifest.Partition);
            partition.Manifest = manifest;
            partition.LogStartOffset = manifest.LogStartOffset;
            partition.LeaderEpoch = Math.Max(epoch, manifest.LeaderEpochs is [.., var last] ? last.Epoch : -1);
            foreach (var producer in manifest.Producers)
            {
                _greatestProducerId = Math.Max(_greatestProducerId, producer.ProducerId);
            }
        }
    }

    private async Task ReadWalObjectsAsync(CancellationToken cancellationToken)
    {
        await BoundedReads.ForEachAsync(
            _inventory.WalObjects,
            _ => BytesPerRead,
            options.Concurrency,
            options.MemoryBytes,
            async found =>
            {
                var length = _inventory.LengthOf(found.Key)!.Value;
                try
                {
                    var directory = await WalObjectReader.ReadDirectoryAsync(objectStore, found.Key, length, cancellationToken);
                    if ((directory.Session, directory.Sequence) != (found.Session, found.Sequence))
                    {
                        throw new CorruptObjectException(found.Key, 0, $"It says that it is number {directory.Sequence} of session {directory.Session:x}.");
                    }

                    Take(new RebuildWalObject(found.Key, length, directory, _snapshot?.IsCommitted(found.Session, found.Sequence) ?? false));
                }
                catch (CorruptObjectException exception)
                {
                    Lose($"{exception.Message} Its records are lost unless they are merged, and so is what follows on them.");
                }
            });
        foreach (var partition in _partitions.Values)
        {
            partition.Sort();
        }
    }

    private void Take(RebuildWalObject walObject)
    {
        var directory = walObject.Directory;
        if (_snapshot?.IsNeverCommitted(directory.Session, directory.Sequence) ?? false)
        {
            walObject.Refutation = "its session had ended without it when the metadata were copied";
        }

        lock (_lock)
        {
            _walObjects.Add(walObject);
            foreach (var entry in directory.Entries)
            {
                var partition = PartitionOf(entry.TopicId, entry.TopicName, entry.Partition);
                partition.Slices.Add(new RebuildSlice(walObject, entry));
                partition.LeaderEpoch = Math.Max(partition.LeaderEpoch, entry.LeaderEpoch);
                foreach (var batch in entry.ProducerBatches)
                {
                    _greatestProducerId = Math.Max(_greatestProducerId, batch.ProducerId);
                }
            }
        }
    }

    // The snapshot's topics, and those that were created after it; of several that had the same name, the last.
    private void ChooseTopics()
    {
        foreach (var (name, record) in _snapshot?.Topics ?? [])
        {
            _topics.Add(name, (TopicIds.FromBytes(record.TopicId), record, true));
        }

        var newer = from partition in _partitions.Values
                    where _snapshot is null || !_snapshot.TopicIdsKnown.Contains(partition.TopicId)
                    group partition by (partition.TopicName, partition.TopicId) into topic
                    let last = topic.Max(LastWritten)
                    orderby last
                    select (topic.Key.TopicName, topic.Key.TopicId, Last: last, Partitions: topic.Max(partition => partition.Partition) + 1);
        foreach (var (name, topicId, last, partitionCount) in newer)
        {
            if (_snapshot is not null && (_snapshot.Deleted.Contains(topicId) || !_snapshot.MayBeNewer(last.Session, last.Sequence)))
            {
                _remarks.Add($"The topic {name} ({topicId:n}) had been deleted: it stays deleted.");
                continue;
            }

            if (_topics.TryGetValue(name, out var other))
            {
                _remarks.Add($"The topic {name} was deleted and created again: {other.TopicId:n} stays deleted.");
            }

            _topics[name] = (topicId, new TopicRecord { TopicId = TopicIds.ToBytes(topicId), PartitionCount = partitionCount }, false);
            _remarks.Add($"The topic {name} is known from its records alone: it gets {partitionCount} partitions, and the default configuration.");
        }
    }

    // Also those of which only the snapshot tells anything, such as a leader epoch.
    private void AddPartitionsOfSnapshot()
    {
        foreach (var (name, topic) in _topics)
        {
            _restored.Add(topic.TopicId);
            for (var partition = 0; partition < topic.Record.PartitionCount; partition++)
            {
                if (_snapshot?.TryGetPartition(topic.TopicId, partition, out _) ?? false)
                {
                    PartitionOf(topic.TopicId, name, partition);
                }
            }
        }
    }

    private static (long Session, long Sequence) LastWritten(RebuildPartition partition)
    {
        var merged = partition.Manifest?.MergePoint is { } point ? (point.Session, point.Sequence) : (0L, 0L);
        var unmerged = partition.Slices.Select(slice => (slice.WalObject.Directory.Session, slice.WalObject.Directory.Sequence)).DefaultIfEmpty().Max();
        return merged.CompareTo(unmerged) > 0 ? merged : unmerged;
    }

    private void Settle()
    {
        foreach (var partition in Partitions)
        {
            if (_snapshot?.TryGetPartition(partition.TopicId, partition.Partition, out var record) ?? false)
            {
                partition.LogStartOffset = Math.Max(partition.LogStartOffset, record.LogStartOffset);
                partition.LeaderEpoch = Math.Max(partition.LeaderEpoch, record.LeaderEpoch);
            }

            var (name, topic) = (partition.TopicName, _topics[partition.TopicName]);
            topic.Record.PartitionCount = Math.Max(topic.Record.PartitionCount, partition.Partition + 1);
            CheckSegments(name, partition);
        }

        bool isChanged;
        do
        {
            isChanged = false;
            foreach (var partition in Partitions)
            {
                isChanged |= partition.Refute();
            }
        }
        while (isChanged);
    }

    // Retention deletes segments before the manifest says so, from the oldest on.
    private void CheckSegments(string topicName, RebuildPartition partition)
    {
        foreach (var segment in partition.Manifest?.Segments ?? [])
        {
            var key = objectKeys.Segment(topicName, partition.Partition, segment.BaseOffset);
            var length = _inventory.LengthOf(key);
            if (length is null && segment.EndOffset > partition.LogStartOffset)
            {
                _remarks.Add($"{key} is gone: {topicName}-{partition.Partition} is taken to have been deleted up to offset {segment.EndOffset}.");
                partition.LogStartOffset = segment.EndOffset;
            }
            else if (length is not null && length != segment.SegmentBytes && segment.EndOffset > partition.LogStartOffset)
            {
                Lose($"{key} has {length} bytes, but the manifest says {segment.SegmentBytes}: its records can not be read.");
            }
        }
    }

    private void Explain()
    {
        if (_snapshot is null)
        {
            _remarks.Add(
                "There is no copy of the metadata in the bucket: configurations, groups, their offsets and partitions without records are not brought back, "
                + "and deleted topics may be, where their objects are still there.");
        }

        foreach (var walObject in _walObjects)
        {
            if (walObject.Refutation is not { } refutation)
            {
                continue;
            }

            var sentence = $"{walObject.Key} is passed over: {refutation}.";
            if (walObject.IsKnownCommitted)
            {
                Lose($"{sentence} It had been committed.");
            }
            else
            {
                _remarks.Add(sentence);
            }
        }
    }

    private RebuildPlanTopic Describe(string name, (Guid TopicId, TopicRecord Record, bool IsInSnapshot) topic)
    {
        var partitions = new List<RebuildPlanPartition>();
        for (var number = 0; number < topic.Record.PartitionCount; number++)
        {
            partitions.Add(_partitions.TryGetValue((topic.TopicId, number), out var partition)
                ? new RebuildPlanPartition(number, partition.LogStartOffset, partition.MergedThroughOffset, partition.HighWatermark, partition.LeaderEpoch)
                : new RebuildPlanPartition(number, 0, 0, 0, -1));
        }

        return new RebuildPlanTopic(name, topic.TopicId, topic.IsInSnapshot, partitions);
    }

    private bool IsRestored(Guid topicId) => _restored.Contains(topicId);

    // Offsets of topics that do not come back are of no use.
    private bool IsRestored(SnapshotEntry entry)
    {
        var keys = new GroupKeys(new MetadataKeys(""));
        return !keys.TryParseOffset("/" + entry.Key, out _, out var topicId, out _) || IsRestored(topicId);
    }

    private RebuildPartition PartitionOf(Guid topicId, string topicName, int partition)
    {
        if (!_partitions.TryGetValue((topicId, partition), out var found))
        {
            _partitions.Add((topicId, partition), found = new RebuildPartition(topicId, topicName, partition));
        }

        return found;
    }

    private void Lose(string sentence)
    {
        lock (_lock)
        {
            _losses.Add(sentence);
        }
    }
}
