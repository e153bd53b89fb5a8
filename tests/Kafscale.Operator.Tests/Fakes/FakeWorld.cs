using Kafscale.Metadata;
using Kafscale.Metadata.Etcd;
using Kafscale.Operator.Brokers;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Resources;
using Kafscale.Operator.Topics;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Operator.Tests.Fakes;

/// <summary>Brokers, etcd, bucket and topics of one cluster, as much of them as the operator sees.</summary>
internal sealed class FakeWorld : IBrokerAdministration, IEtcdAdministration, IBuckets, ITopicAdministration
{
    private readonly Lock _lock = new();
    private readonly List<string> _drains = [];
    private readonly List<string> _gone = [];
    private readonly Dictionary<string, string> _brokers = [];
    private readonly HashSet<string> _draining = [];
    private readonly SortedSet<string> _etcdMembers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicLook> _topics = [];
    private readonly List<string> _snapshots = [];
    private readonly List<string> _rebuilds = [];
    private int _topicIds;

    public bool EtcdHoldsCluster { get; set; }

    public bool BucketHoldsCluster { get; set; }

    public string? EtcdTrouble { get; set; }

    public BucketLook? BucketTrouble { get; set; }

    /// <summary>Why old snapshots cannot be removed; null where they can.</summary>
    public string? RemovalTrouble { get; set; }

    /// <summary>The secret key with which the bucket can be used; null: any.</summary>
    public string? RightSecret { get; set; }

    /// <summary>What a rebuild says in place of doing it, given its arguments; null: it is done.</summary>
    public Func<IReadOnlyList<string>, string?>? RebuildFailure { get; set; }

    /// <summary>What a drain of a pod is answered; null: it is drained.</summary>
    public Func<string, DrainOutcome?>? DrainAnswer { get; set; }

    /// <summary>Why no broker answers as a Kafka client expects; null: they do.</summary>
    public string? KafkaTrouble { get; set; }

    /// <summary>The pods of brokers that have gone, each with whether it was drained before.</summary>
    public IReadOnlyList<string> Gone => Copy(_gone);

    public IReadOnlyList<string> Drains => Copy(_drains);

    public IReadOnlyList<string> Snapshots => Copy(_snapshots);

    public IReadOnlyList<string> Rebuilds => Copy(_rebuilds);

    /// <summary>The addresses of brokers that drain.</summary>
    public IReadOnlyList<string> Draining
    {
        get
        {
            lock (_lock)
            {
                return [.. _draining];
            }
        }
    }

    public int BrokersRunning
    {
        get
        {
            lock (_lock)
            {
                return _brokers.Count;
            }
        }
    }

    /// <summary>The most brokers that ran while a rebuild did.</summary>
    public int BrokersDuringRebuild { get; private set; }

    public IReadOnlyDictionary<string, TopicLook> Topics
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, TopicLook>(_topics);
            }
        }
    }

    internal void OnStarted(string component, string name, string ip)
    {
        lock (_lock)
        {
            if (component == "etcd")
            {
                _etcdMembers.Add(name);
            }

            if (component == "broker")
            {
                _brokers[ip] = name;
                // The first one makes the cluster where both are empty, and no broker starts on metadata that are lost.
                if (!BucketHoldsCluster || EtcdHoldsCluster)
                {
                    (EtcdHoldsCluster, BucketHoldsCluster) = (true, true);
                }
            }
        }
    }

    internal void OnGone(string name, string? ip)
    {
        lock (_lock)
        {
            if (ip is not null && _brokers.Remove(ip))
            {
                _gone.Add(name + (_draining.Remove(ip) ? " drained" : " undrained"));
            }
        }
    }

    internal (bool IsDone, string Message) Rebuild(IReadOnlyList<string> arguments)
    {
        lock (_lock)
        {
            _rebuilds.Add(string.Join(' ', arguments));
            BrokersDuringRebuild = Math.Max(BrokersDuringRebuild, _brokers.Count);
            if (RebuildFailure?.Invoke(arguments) is { } failure)
            {
                return (false, failure);
            }

            if (EtcdHoldsCluster)
            {
                return (false, "The metadata store is not empty");
            }

            EtcdHoldsCluster = true;
            return (true, "");
        }
    }

    /// <summary>A client makes a topic.</summary>
    public void MakeTopic(string name, int partitions, params (string Name, string Value)[] config)
    {
        lock (_lock)
        {
            _topics[name] = Look($"id-{++_topicIds}", partitions, config.ToDictionary(pair => pair.Name, pair => pair.Value));
        }
    }

    Task<DrainAnswer> IBrokerAdministration.DrainAsync(Uri broker, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var name = _brokers.GetValueOrDefault(broker.Host, "?");
            _drains.Add(name);
            var outcome = DrainAnswer?.Invoke(name) ?? DrainOutcome.Drained;
            if (outcome == DrainOutcome.Drained)
            {
                _draining.Add(broker.Host);
            }

            return Task.FromResult(new DrainAnswer(outcome, outcome == DrainOutcome.Drained ? null : "it leads 7 partitions still"));
        }
    }

    Task<bool> IBrokerAdministration.EndDrainAsync(Uri broker, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _draining.Remove(broker.Host);
            return Task.FromResult(true);
        }
    }

    Task<EtcdLook> IEtcdAdministration.LookAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken)
    {
        var statuses = members.Select((member, index) => (member, new EtcdMemberStatus((ulong)index + 1, 1, "3.5", 1000, 900))).ToDictionary();
        var trouble = EtcdTrouble ?? (members.Count == 0 ? "No member of etcd has an address yet." : null);
        return Task.FromResult(new EtcdLook(trouble, trouble is null ? EtcdHoldsCluster : null, statuses));
    }

    Task<IReadOnlyList<EtcdClusterMember>> IEtcdAdministration.ListMembersAsync(Uri member, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<EtcdClusterMember>>([.. _etcdMembers.Select((name, index) => new EtcdClusterMember((ulong)index + 1, name, [], HasStarted: true))]);
        }
    }

    Task IEtcdAdministration.RemoveMemberAsync(Uri member, ulong id, CancellationToken cancellationToken) => throw new NotSupportedException("No member is ever lost here.");

    Task<ulong> IEtcdAdministration.AddMemberAsync(Uri member, string peerAddress, CancellationToken cancellationToken) => throw new NotSupportedException("No member is ever lost here.");

    Task IEtcdAdministration.DefragmentAsync(Uri member, CancellationToken cancellationToken) => Task.CompletedTask;

    async Task IEtcdAdministration.SaveSnapshotAsync(Uri member, Stream destination, CancellationToken cancellationToken)
    {
        if (EtcdTrouble is not null)
        {
            throw new MetadataUnavailableException(EtcdTrouble);
        }

        await destination.WriteAsync("database"u8.ToArray(), cancellationToken);
    }

    Task<BucketLook> IBuckets.LookAsync(S3Options bucket, string prefix, CancellationToken cancellationToken) => Task.FromResult(
        BucketTrouble
        ?? (RightSecret is null || bucket.Credentials?.SecretKey == RightSecret
            ? new BucketLook(null, null, BucketHoldsCluster)
            : new BucketLook($"{bucket}: the store does not accept the signature.", "CredentialsRefused", null)));

    Task<string?> IBuckets.PrepareAsync(S3Options bucket, SnapshotSettings settings, CancellationToken cancellationToken) => Task.FromResult(BucketTrouble?.Trouble);

    Task IBuckets.PublishAsync(S3Options bucket, string key, FileStream snapshot, string sha256, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _snapshots.Add(key);
        }

        return Task.CompletedTask;
    }

    Task<int> IBuckets.RemoveOldAsync(S3Options bucket, string folder, string newest, int keep, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return RemovalTrouble is { } trouble
                ? throw new IOException(trouble)
                : Task.FromResult(_snapshots.RemoveAll(new HashSet<string>(SnapshotKeys.FindOld(folder, [.. _snapshots, .. _snapshots.Select(key => key + SnapshotKeys.ChecksumSuffix)], newest, keep)).Contains));
        }
    }

    Task<int> ITopicAdministration.CountAsync(string bootstrapServers, CancellationToken cancellationToken) => Kafka(topics => topics.Count);

    Task<TopicLook?> ITopicAdministration.FindAsync(string bootstrapServers, string name, CancellationToken cancellationToken) => Kafka(topics => topics.GetValueOrDefault(name));

    Task<bool> ITopicAdministration.CreateAsync(
        string bootstrapServers, string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) => Kafka(topics =>
        {
            if (config.ContainsKey("nonsense"))
            {
                throw new TopicRefusedException("There is no setting nonsense.", isFinal: true);
            }

            return topics.TryAdd(name, Look($"id-{++_topicIds}", partitions, config));
        });

    Task ITopicAdministration.AddPartitionsAsync(string bootstrapServers, string name, int total, CancellationToken cancellationToken) =>
        Kafka(topics => topics[name] = Look(topics[name].Id, total, topics[name].Config));

    Task ITopicAdministration.AlterAsync(string bootstrapServers, string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) => Kafka(topics =>
    {
        var config = new Dictionary<string, string>(topics[name].Config);
        foreach (var (setting, value) in changes)
        {
            config.Remove(setting);
            if (value is not null)
            {
                config[setting] = value;
            }
        }

        return topics[name] = topics[name] with { Config = config };
    });

    Task ITopicAdministration.DeleteAsync(string bootstrapServers, string name, CancellationToken cancellationToken) => Kafka(topics => topics.Remove(name));

    private static TopicLook Look(string id, int partitions, IReadOnlyDictionary<string, string> config) => new(
        id,
        [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartitionStatus { Id = partition, Leader = partition % 3, LogStartOffset = 0, LogEndOffset = 0 })],
        new Dictionary<string, string>(config));

    private string[] Copy(List<string> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }

    private Task<T> Kafka<T>(Func<Dictionary<string, TopicLook>, T> ask)
    {
        lock (_lock)
        {
            return KafkaTrouble is { } trouble ? throw new TopicRefusedException(trouble, isFinal: false) : Task.FromResult(ask(_topics));
        }
    }
}
