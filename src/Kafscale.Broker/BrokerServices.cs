using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>What a broker has for as long as its process lives, whichever session it is in.</summary>
internal sealed class BrokerServices : IAsyncDisposable
{
    private const int AppendChunkBytes = 4 * 1024 * 1024;
    private const long IndexCacheShare = 16;
    private const long ManifestCacheShare = 8;
    private const long MinManifestCacheBytes = 8L * 1024 * 1024;

    public BrokerServices(
        BrokerOptions options,
        ObjectStoreLanes objectStores,
        IMetadataStore metadataStore,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory)
    {
        Options = options;

        // With a replica, reads go on where the primary is in trouble: that is what it is for.
        ReadHealth = objectStores.Replica is null ? objectStores.Health : AlwaysHealthy.Instance;
        ObjectStores = objectStores = objectStores with
        {
            TailReads = new HealthGatedObjectStore(objectStores.TailReads, ReadHealth),
            CatchUpReads = new HealthGatedObjectStore(objectStores.CatchUpReads, ReadHealth),
        };
        Metrics = new BrokerMetrics(timeProvider);
        Tracing = new BrokerTracing(timeProvider);
        var watchLag = new MetadataWatchLag(timeProvider);
        MetadataStore = new InstrumentedMetadataStore(metadataStore, () => Follower?.AppliedRevision ?? 0, watchLag, Metrics.Metadata, timeProvider);
        TimeProvider = timeProvider;
        Random = random;
        LoggerFactory = loggerFactory;
        MetadataKeys = new MetadataKeys(options.MetadataRoot);
        ObjectKeys = new ObjectKeys(options.Namespace);
        Cluster = new ClusterState(MetadataKeys, ObjectKeys, options.Cluster.TopicDefaults, loggerFactory.CreateLogger<ClusterState>());
        var checkpoints = new CheckpointReader(objectStores.Maintenance, ObjectKeys, CreateBackoff(), loggerFactory.CreateLogger<CheckpointReader>());
        Follower = new MetadataFollower(MetadataStore, MetadataKeys, new CheckpointLoader(Cluster, checkpoints, MetadataKeys), timeProvider);
        Chunks = new BufferChunkPool(AppendChunkBytes, (int)Math.Max(1, (options.BufferMaxBytes + options.CacheBytes) / AppendChunkBytes));
        AppendBuffer = new AppendBuffer(Chunks, options.BufferMaxBytes, timeProvider);
        Cache = new CachedObjectReader(
            objectStores.TailReads, objectStores.CatchUpReads, new CacheOptions { CapacityBytes = options.CacheBytes }, timeProvider);
        Indexes = new IndexCache(objectStores.CatchUpReads, options.CacheBytes / IndexCacheShare);
        ManifestCache = new ManifestCache(objectStores.TailReads, Math.Max(MinManifestCacheBytes, options.CacheBytes / ManifestCacheShare));
        Manifests = new ManifestSource(ManifestCache, ObjectKeys);
        var readAhead = new ReadAhead(new SequentialReaders(timeProvider), Cache, ObjectKeys, options.ReadAheadSegments);
        Reader = new PartitionReader(Cache, Indexes, Manifests, readAhead, ObjectKeys, Follower, loggerFactory.CreateLogger<PartitionReader>());
        Cluster.TopicObjectsRemoved += Forget;
        HealthReport = new ObjectStoreHealthReport(objectStores.Health, Metrics.Meter, loggerFactory.CreateLogger<ObjectStoreHealthReport>());
        Backpressure = new Backpressure(objectStores.Health, ReadHealth, options.LetsCachedFetchesPass, Metrics.Requests, timeProvider);
        Metrics.Connections.Observe(AppendBuffer);
        Metrics.Connections.Observe(Cache);
        Metrics.Connections.Observe(Backpressure);
        Metrics.Metadata.Observe(() => Follower.AppliedRevision, watchLag);
        Metrics.Maintenance.Observe(Cluster, timeProvider);
        CacheMetrics.Publish(Metrics.Meter, Cache, Indexes, ManifestCache);
        _ = new TopicMetrics(Metrics.Meter, Cluster, options.Telemetry);
    }

    public BrokerOptions Options { get; }

    public ObjectStoreLanes ObjectStores { get; }

    /// <summary>How what is read from does.</summary>
    public IObjectStoreHealth ReadHealth { get; }

    public IMetadataStore MetadataStore { get; }

    public TimeProvider TimeProvider { get; }

    public Random Random { get; }

    public ILoggerFactory LoggerFactory { get; }

    public MetadataKeys MetadataKeys { get; }

    public ObjectKeys ObjectKeys { get; }

    public ClusterState Cluster { get; }

    public MetadataFollower Follower { get; }

    public BufferChunkPool Chunks { get; }

    public AppendBuffer AppendBuffer { get; }

    public CachedObjectReader Cache { get; }

    public IndexCache Indexes { get; }

    public ManifestCache ManifestCache { get; }

    public ManifestSource Manifests { get; }

    public PartitionReader Reader { get; }

    public BrokerMetrics Metrics { get; }

    public BrokerTracing Tracing { get; }

    public ObjectStoreHealthReport HealthReport { get; }

    public Backpressure Backpressure { get; }

    public RetryBackoff CreateBackoff() => new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), TimeProvider, new Random(Random.Next()));

    private void Forget(string topicName)
    {
        var prefix = ObjectKeys.TopicPrefix(topicName);
        Cache.RemoveUnder(prefix);
        Indexes.RemoveUnder(prefix);
    }

    public async ValueTask DisposeAsync()
    {
        await ManifestCache.DisposeAsync();
        await Indexes.DisposeAsync();
        await Cache.DisposeAsync();
        AppendBuffer.Dispose();
        HealthReport.Dispose();
        Metrics.Dispose();
        Tracing.Dispose();
    }
}
