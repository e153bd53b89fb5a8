using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// The picture of the cluster that every broker keeps from the metadata stream: brokers, topics, what is committed of each
/// partition, and which WAL objects hold it.
/// </summary>
internal sealed partial class ClusterState(
    MetadataKeys metadataKeys, ObjectKeys objectKeys, TopicConfiguration topicDefaults, ILogger<ClusterState> logger)
{
    private readonly ClusterAssignments _assignments = new(metadataKeys);
    private readonly CommittedWalObjects _commits = new(metadataKeys, objectKeys);

    // Commits and committed offsets are by far the most frequent changes, and whoever waits for the cluster to change has nothing to do with them.
    private readonly string[] _ofNoCluster =
    [
        metadataKeys.Commits, metadataKeys.Checkpoints, metadataKeys.Offsets, metadataKeys.Groups, metadataKeys.Coordinators, metadataKeys.Loads,
    ];

    private readonly ConcurrentDictionary<string, Topic> _topicsByName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Topic> _topicsById = new();
    private readonly ConcurrentDictionary<int, RegisteredBroker> _brokers = new();
    private readonly ConcurrentDictionary<Guid, TopicDeletionRecord> _deletions = new();
    private readonly ConcurrentDictionary<string, ConfiguredGroup> _configuredGroups = new(StringComparer.Ordinal);
    private readonly GroupKeys _groupKeys = new(metadataKeys);
    private long _lostSession;

    /// <summary>Raised after changes of topics, partitions or brokers were taken over; handlers return at once.</summary>
    public event Action? Changed;

    /// <summary>Raised with what was known of each broker whose session has ended; handlers return at once.</summary>
    public event Action<SessionRecord>? BrokerLeft;

    /// <summary>Raised with the id of each topic that is gone; handlers return at once.</summary>
    public event Action<Guid>? TopicRemoved;

    /// <summary>
    /// Raised with the name of each topic that is gone, and again when its objects are: from then on another topic's may have
    /// their keys. Handlers return at once.
    /// </summary>
    public event Action<string>? TopicObjectsRemoved;

    /// <summary>Whether a value could not be read, so that the picture has a hole; nothing is deleted on its word then.</summary>
    public bool HasUnreadable { get; private set; }

    public string ClusterId { get; private set; } = "";

    /// <summary>How often the cluster's metadata were rebuilt.</summary>
    public long Incarnation { get; private set; }

    /// <summary>When what has last changed.</summary>
    public ClusterRevisions Revisions { get; } = new(metadataKeys);

    /// <summary>All topics, in no order.</summary>
    public ICollection<Topic> Topics => _topicsByName.Values;

    /// <summary>The partitions of all topics, in no order.</summary>
    public IEnumerable<PartitionLog> Partitions => Topics.SelectMany(topic => topic.Partitions);

    /// <summary>Live brokers by id.</summary>
    public IReadOnlyDictionary<int, RegisteredBroker> Brokers => _brokers;

    /// <summary>
    /// The live brokers, in no order. This one is not among them where its session has ended by its own clock and there are others: what it knows gets
    /// old, and a client that goes on asking it, because it answers, would never hear of the new leaders.
    /// </summary>
    /// <remarks>Metadata lists this broker all the same: librdkafka (2.16) can lock up while it parts with brokers that go and come.</remarks>
    public IEnumerable<RegisteredBroker> BrokersInTouch
    {
        get
        {
            var lost = Volatile.Read(ref _lostSession);
            var others = _brokers.Values.Where(broker => broker.Session != lost);
            return others.Any() ? others : _brokers.Values;
        }
    }

    /// <summary>When the last of the brokers that are impaired now has said so; 0: there is none.</summary>
    public long ImpairedRevision => _brokers.Values.Where(broker => broker.IsImpaired).Select(broker => broker.Revision).DefaultIfEmpty().Max();

    /// <summary>Every WAL object that a commit key or a checkpoint refers to, by what its commit key is or was.</summary>
    public IReadOnlyDictionary<WalObjectId, CommittedWalObject> WalObjects => _commits.All;

    /// <summary>Where it is known what is committed.</summary>
    public CommittedWalObjects Commits => _commits;

    /// <summary>Deleted topics whose objects are still there.</summary>
    public IReadOnlyDictionary<Guid, TopicDeletionRecord> Deletions => _deletions;

    /// <summary>The groups that something is set on, by id; there need not be a group of that id.</summary>
    public IReadOnlyDictionary<string, ConfiguredGroup> ConfiguredGroups => _configuredGroups;

    /// <summary>Who is to lead what.</summary>
    public ClusterAssignments Assignments => _assignments;

    /// <summary>Whether a leader still holds the session in which it took the leadership.</summary>
    public bool IsLed(ILeadershipRecord record) => IsLed(record.Leader, record.LeaderSession);

    /// <summary>Whether a broker still holds the session in which it took a leadership.</summary>
    public bool IsLed(int leader, long session) =>
        _brokers.TryGetValue(leader, out var broker) && broker.Session == session && session != Volatile.Read(ref _lostSession);

    /// <summary>Whether this broker led a partition in a session that has ended by its own clock: it does not hear who leads now.</summary>
    public bool HasLost(PartitionRecord record)
    {
        var lost = Volatile.Read(ref _lostSession);
        return record.LeaderSession == lost && _brokers.TryGetValue(record.Leader, out var itself) && itself.Session == lost;
    }

    /// <summary>The broker that coordinates the groups of a shard; <see langword="null"/> while there is none.</summary>
    public RegisteredBroker? FindCoordinator(int shard)
    {
        var record = _assignments.GroupShard(shard).Record;
        return IsLed(record) ? _brokers.GetValueOrDefault(record.Leader) : null;
    }

    /// <summary>
    /// The broker that something is to be handed over to; <see langword="null"/> where this broker is to lead it, or to go on because
    /// the one that is assigned is not there.
    /// </summary>
    public RegisteredBroker? FindSuccessor(int assigned, int thisBroker) =>
        assigned != thisBroker && _brokers.TryGetValue(assigned, out var successor) && successor.Leads ? successor : null;

    public bool TryGetTopic(string name, [NotNullWhen(true)] out Topic? topic) => _topicsByName.TryGetValue(name, out topic);

    public bool TryGetTopic(Guid id, [NotNullWhen(true)] out Topic? topic) => _topicsById.TryGetValue(id, out topic);

    public bool TryGetPartition(string topicName, int partition, [NotNullWhen(true)] out PartitionLog? log) =>
        TryGetPartition(TryGetTopic(topicName, out var topic) ? topic : null, partition, out log);

    public bool TryGetPartition(Guid topicId, int partition, [NotNullWhen(true)] out PartitionLog? log) =>
        TryGetPartition(TryGetTopic(topicId, out var topic) ? topic : null, partition, out log);

    /// <summary>Whether objects of a deleted topic of this name are still to be removed.</summary>
    public bool HasDeletion(string topicName) => !_deletions.IsEmpty && _deletions.Values.Any(deletion => deletion.Name == topicName);

    /// <summary>Takes over changes of metadata; <see cref="IMetadataListener.Apply"/> says in what order.</summary>
    public void Apply(IReadOnlyList<MetadataChange> changes, long revision)
    {
        // Topics come before their partitions, partitions before the commits that continue them.
        foreach (var change in changes)
        {
            Guarded(change, ApplyClusterOrTopic);
        }

        foreach (var change in changes)
        {
            Guarded(change, ApplyPartition);
        }

        _commits.Apply(changes, Guarded, FindPartition);
        foreach (var change in changes)
        {
            Revisions.Note(change);
        }

        if (changes.Any(change => !ClusterRevisions.IsUnder(change, _ofNoCluster)))
        {
            RaiseChanged();
        }
    }

    /// <summary>Tells those who wait for something of the cluster to look again.</summary>
    public void RaiseChanged() => Changed?.Invoke();

    /// <summary>Takes over a commit of this broker, before the metadata stream brings it.</summary>
    /// <param name="slices">The slices in the order in which they were written, which know where their batches begin.</param>
    public void ApplyOwnCommit(long session, long sequence, CommitRecord commit, IReadOnlyList<SliceBuilder> slices)
    {
        var positions = slices.ToDictionary(
            slice => (slice.Appender.Log.Id.TopicId, slice.Appender.Log.Id.Partition), slice => slice.BatchPositions);
        _commits.ApplyOwn(session, sequence, commit, FindPartition, (topicId, partition) => positions[(topicId, partition)]);
    }

    /// <summary>This broker's session has ended by its own clock, also where others still hold it for alive.</summary>
    public void LoseSession(long session) => Volatile.Write(ref _lostSession, session);

    /// <summary>A WAL object and its commit key are gone.</summary>
    public void ForgetWalObject(WalObjectId id) => _commits.Forget(id);

    private PartitionLog? FindPartition(Guid topicId, int partition) => TryGetPartition(topicId, partition, out var log) ? log : null;

    private static bool TryGetPartition(Topic? topic, int partition, [NotNullWhen(true)] out PartitionLog? log)
    {
        log = topic is not null && (uint)partition < (uint)topic.Partitions.Count ? topic.Partitions[partition] : null;
        return log is not null;
    }

    private void Guarded(MetadataChange change, Action<MetadataChange> apply)
    {
        try
        {
            apply(change);
        }
        catch (InvalidProtocolBufferException exception)
        {
            HasUnreadable = true;
            LogUnreadable(exception, change.Key);
        }
    }

    private void ApplyClusterOrTopic(MetadataChange change)
    {
        if (change.Key == metadataKeys.Cluster && change.Entry is not null)
        {
            var record = ClusterRecord.Parser.ParseFrom(change.Entry.Value.Span);
            ClusterId = record.ClusterId;
            Incarnation = record.Incarnation;
        }
        else if (change.Key.StartsWith(metadataKeys.Sessions, StringComparison.Ordinal))
        {
            ApplySession(change);
        }
        else if (change.Key.StartsWith(metadataKeys.Topics, StringComparison.Ordinal))
        {
            ApplyTopic(change);
        }
        else if (_groupKeys.TryParseConfigs(change.Key, out var groupId))
        {
            ApplyGroupConfigs(groupId, change);
        }
        else if (metadataKeys.TryParseDeletion(change.Key, out var topicId))
        {
            ApplyDeletion(topicId, change);
        }
        else
        {
            _assignments.Apply(change);
        }
    }

    private void ApplySession(MetadataChange change)
    {
        if (!metadataKeys.TryParseSession(change.Key, out var brokerId))
        {
            return;
        }

        if (change.Entry is null)
        {
            if (_brokers.TryRemove(brokerId, out var left))
            {
                BrokerLeft?.Invoke(left.Record);
            }
        }
        else
        {
            _brokers[brokerId] = new RegisteredBroker(
                SessionRecord.Parser.ParseFrom(change.Entry.Value.Span), SessionNumbers.Of(Incarnation, change.Entry.CreateRevision), change.Entry.ModRevision);
        }
    }

    private void ApplyDeletion(Guid topicId, MetadataChange change)
    {
        if (change.Entry is not null)
        {
            _deletions[topicId] = TopicDeletionRecord.Parser.ParseFrom(change.Entry.Value.Span);
        }
        else if (_deletions.TryRemove(topicId, out var ended))
        {
            TopicObjectsRemoved?.Invoke(ended.Name);
        }
    }

    private void ApplyGroupConfigs(string groupId, MetadataChange change)
    {
        if (change.Entry is null)
        {
            _configuredGroups.TryRemove(groupId, out _);
        }
        else
        {
            _configuredGroups[groupId] = new ConfiguredGroup(GroupConfigsRecord.Parser.ParseFrom(change.Entry.Value.Span).Configs);
        }
    }

    private void ApplyTopic(MetadataChange change)
    {
        var name = change.Key[metadataKeys.Topics.Length..];
        _topicsByName.TryGetValue(name, out var known);
        if (change.Entry is null)
        {
            Remove(known);
            return;
        }

        var record = TopicRecord.Parser.ParseFrom(change.Entry.Value.Span);
        var id = TopicIds.FromBytes(record.TopicId);
        if (known?.Id != id)
        {
            Remove(known);
            known = null;
        }

        var partitions = new List<PartitionLog>(known?.Partitions ?? []);
        while (partitions.Count < record.PartitionCount)
        {
            partitions.Add(new PartitionLog(new TopicPartition(id, name, partitions.Count)));
        }

        var topic = new Topic
        {
            Name = name,
            Id = id,
            Revision = change.Revision,
            Configs = record.Configs,
            Configuration = topicDefaults.With(record.Configs),
            Partitions = partitions,
        };
        _topicsByName[name] = topic;
        _topicsById[id] = topic;
    }

    private void Remove(Topic? topic)
    {
        if (topic is not null)
        {
            _topicsByName.TryRemove(topic.Name, out _);
            _topicsById.TryRemove(topic.Id, out _);
            foreach (var log in topic.Partitions)
            {
                log.Remove();
            }

            TopicRemoved?.Invoke(topic.Id);
            TopicObjectsRemoved?.Invoke(topic.Name);
        }
    }

    private void ApplyPartition(MetadataChange change)
    {
        if (metadataKeys.TryParsePartition(change.Key, out var topicId, out var partition)
            && change.Entry is not null
            && TryGetPartition(topicId, partition, out var log))
        {
            log.Apply(PartitionRecord.Parser.ParseFrom(change.Entry.Value.Span), change.Entry.ModRevision);
        }
    }

    [LoggerMessage(1101, LogLevel.Error, "The metadata value of {Key} can not be read; it is passed over.")]
    private partial void LogUnreadable(Exception exception, string key);
}
