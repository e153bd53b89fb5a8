using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Support;

/// <summary>The two stores, which outlive every broker, and the brokers that a test has started on them.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<TestBroker> _brokers = [];
    private readonly Random _random;

    public TestCluster(TimeProvider? timeProvider = null, int seed = 1, IObjectStore? objects = null, IMetadataStore? metadata = null)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        _random = new Random(seed);
        Objects = objects ?? new MemoryObjectStore(TimeProvider);
        Metadata = metadata ?? new MemoryMetadataStore(TimeProvider);
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public TimeProvider TimeProvider { get; }

    public IObjectStore Objects { get; init; }

    public IMetadataStore Metadata { get; set; }

    /// <summary>How a broker sees the object store.</summary>
    public Func<IObjectStore, ObjectStoreLanes> LanesOf { get; init; } = ObjectStoreLanes.Shared;

    /// <summary>What a broker is told unless a test says otherwise: flushes leave at once, sessions do not end by themselves.</summary>
    public BrokerOptions Options { get; set; } = new()
    {
        BrokerId = 1,
        AdvertisedHost = "localhost",
        AdvertisedPort = 9092,
        SessionTimeToLive = TimeSpan.FromMinutes(5),
        BufferMaxBytes = 64 * 1024 * 1024,
        CacheBytes = 64 * 1024 * 1024,
        Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero },
        Cluster = new ClusterOptions { NodeId = 1, LogDirectory = "memory", TopicDefaults = new TopicConfiguration { RetentionMs = -1 } },
        Maintenance = new MaintenanceOptions
        {
            Interval = TimeSpan.FromMilliseconds(10),
            RetentionInterval = TimeSpan.FromMilliseconds(20),
            GracePeriod = TimeSpan.FromMilliseconds(40),
            ProducerExpiration = TimeSpan.FromDays(20_000),
        },
    };

    public IReadOnlyList<TestBroker> Brokers => _brokers;

    public MetadataKeys Keys => new(Options.MetadataRoot);

    public ObjectKeys ObjectKeys => new(Options.Namespace);

    /// <summary>A broker that is not started yet.</summary>
    public TestBroker Create(Func<BrokerOptions, BrokerOptions>? with = null)
    {
        var broker = new TestBroker(this, with is null ? Options : with(Options), new Random(_random.Next()));
        _brokers.Add(broker);
        return broker;
    }

    public async Task<TestBroker> StartAsync(Action<Faults>? arrange = null, Func<BrokerOptions, BrokerOptions>? with = null)
    {
        var broker = Create(with);
        arrange?.Invoke(broker.Faults);
        await broker.Node.StartAsync(Cancelled).WaitAsync(TestBroker.Patience);
        return broker;
    }

    /// <summary>Starts one of several brokers that lead.</summary>
    public Task<TestBroker> StartLeaderAsync(int brokerId, string rack = "") => StartAsync(with: options => options with
    {
        BrokerId = brokerId,
        AdvertisedPort = 9092 + brokerId,
        Rack = rack,
        Cluster = options.Cluster with { NodeId = brokerId },
    });

    /// <summary>Starts a broker that only reads, in a rack of its own.</summary>
    public Task<TestBroker> StartReaderAsync(int brokerId = 2, string rack = "far", TimeSpan? timeToLive = null) => StartAsync(with: options => options with
    {
        BrokerId = brokerId,
        AdvertisedPort = 9092 + brokerId,
        Rack = rack,
        Roles = BrokerRoles.Read,
        SessionTimeToLive = timeToLive ?? options.SessionTimeToLive,
        Cluster = options.Cluster with { NodeId = brokerId },
    });

    /// <summary>Ends a broker without warning, and its lease at the same moment, and starts another on the same stores.</summary>
    public async Task<TestBroker> CrashAndRestartAsync(TestBroker broker, Func<BrokerOptions, BrokerOptions>? with = null)
    {
        broker.Faults.Cut();
        await broker.ExpireSessionAsync();
        return await StartAsync(with: with);
    }

    public async Task<Guid> CreateTopicAsync(string name, int partitionCount = 1, params (string Name, string Value)[] configs)
    {
        var id = TopicIds.Create(_random);
        var record = new TopicRecord { TopicId = TopicIds.ToBytes(id), PartitionCount = partitionCount };
        foreach (var (key, value) in configs)
        {
            record.Configs.Add(key, value);
        }

        await CommitAsync(new Operation.Put(Keys.Topic(name), record.ToByteArray()));
        await UntilLedAsync(id, partitionCount);
        return id;
    }

    /// <summary>Makes topics of one partition without waiting for their leaders.</summary>
    public Task DefineTopicsAsync(IEnumerable<string> names) => CommitAsync([.. names.Select(name => new Operation.Put(
        Keys.Topic(name), new TopicRecord { TopicId = TopicIds.ToBytes(TopicIds.Create(_random)), PartitionCount = 1 }.ToByteArray()))]);

    /// <summary>Waits until every partition of a topic is served by one of the running brokers, if any of them leads at all.</summary>
    public async Task UntilLedAsync(Guid topicId, int partitionCount)
    {
        if (_brokers.Exists(broker => broker is { IsRunning: true, Leads: true }))
        {
            await TestBroker.UntilAsync(() => Enumerable.Range(0, partitionCount).All(
                partition => _brokers.Exists(broker => broker.IsRunning && broker.IsLeading(topicId, partition))));
        }
    }

    /// <summary>Deletes a topic as an administrator's request does.</summary>
    public async Task DeleteTopicAsync(string name)
    {
        var entry = Assert.Single((await Metadata.RangeAsync(KeyRange.Key(Keys.Topic(name)), 0, 0, Cancelled)).Entries);
        var record = TopicRecord.Parser.ParseFrom(entry.Value.Span);
        var id = TopicIds.FromBytes(record.TopicId);
        var deletion = new TopicDeletionRecord
        {
            Name = name,
            PartitionCount = record.PartitionCount,
            DeletedAtMs = TimeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        await CommitAsync(
            new Operation.Delete(KeyRange.Key(Keys.Topic(name))),
            new Operation.Delete(KeyRange.Prefix(Keys.TopicPartitions(id))),
            new Operation.Delete(KeyRange.Key(Keys.TopicAssignment(id))),
            new Operation.Put(Keys.Deletion(id), deletion.ToByteArray()));
    }

    public async Task<IReadOnlyList<MetadataEntry>> MetadataUnderAsync(string prefix) =>
        (await Metadata.RangeAsync(KeyRange.Prefix(prefix), 0, 0, Cancelled)).Entries;

    public async Task<PartitionRecord> PartitionRecordAsync(Guid topicId, int partition = 0)
    {
        var entry = Assert.Single((await Metadata.RangeAsync(KeyRange.Key(Keys.Partition(topicId, partition)), 0, 0, Cancelled)).Entries);
        return PartitionRecord.Parser.ParseFrom(entry.Value.Span);
    }

    public async Task<List<string>> ObjectsUnderAsync(string prefix = "")
    {
        var keys = new List<string>();
        await foreach (var found in Objects.ListAsync(prefix, null, Cancelled))
        {
            keys.Add(found.Key);
        }

        return keys;
    }

    public async Task<List<string>> SegmentsAsync(string topic, int partition = 0) =>
        [.. (await ObjectsUnderAsync(ObjectKeys.PartitionPrefix(topic, partition))).Where(key => key.EndsWith(".kfs", StringComparison.Ordinal))];

    public Task<List<string>> WalObjectsAsync() => ObjectsUnderAsync(ObjectKeys.WalPrefix);

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        await Metadata.DisposeAsync();
    }

    private async Task CommitAsync(params Operation[] operations) =>
        await Metadata.CommitAsync(new MetadataTransaction { Then = operations }, Cancelled);
}
