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
        ObjectStores = objectStores = objectStores with
        {
            TailReads = new HealthGatedObjectStore(objectStores.TailReads, objectStores.Health),
            CatchUpReads = new HealthGatedObjectStore(objectStores.CatchUpReads, objectStores.Health),
        };
        MetadataStore = metadataStore;
        TimeProvider = timeProvider;
        Random = random;
        LoggerFactory = loggerFactory;
        MetadataKeys = new MetadataKeys(options.MetadataRoot);
        ObjectKeys = new ObjectKeys(options.Namespace);
        Cluster = new ClusterState(MetadataKeys, ObjectKeys, options.Cluster.TopicDefaults, loggerFactory.CreateLogger<ClusterState>());
        Follower = new MetadataFollower(metadataStore, MetadataKeys, Cluster, timeProvider);
        Chunks = new BufferChunkPool(AppendChunkBytes, (int)Math.Max(1, (options.BufferMaxBytes + options.CacheBytes) / AppendChunkBytes));
        AppendBuffer = new AppendBuffer(Chunks, options.BufferMaxBytes);
        Cache = new CachedObjectReader(objectStores.TailReads, new CacheOptions { CapacityBytes = options.CacheBytes }, timeProvider);
        Indexes = new IndexCache(objectStores.TailReads, options.CacheBytes / IndexCacheShare);
        ManifestCache = new ManifestCache(objectStores.TailReads, Math.Max(MinManifestCacheBytes, options.CacheBytes / ManifestCacheShare));
        Manifests = new ManifestSource(ManifestCache, ObjectKeys);
        Reader = new PartitionReader(Cache, Indexes, Manifests, ObjectKeys);
        Metrics = new BrokerMetrics();
        HealthReport = new ObjectStoreHealthReport(objectStores.Health, Metrics, loggerFactory.CreateLogger<ObjectStoreHealthReport>());
        Backpressure = new Backpressure(objectStores.Health, options.LetsCachedFetchesPass, Metrics, timeProvider);
        PublishMemory();
    }

    public BrokerOptions Options { get; }

    public ObjectStoreLanes ObjectStores { get; }

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

    public ObjectStoreHealthReport HealthReport { get; }

    public Backpressure Backpressure { get; }

    public RetryBackoff CreateBackoff() => new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), TimeProvider, new Random(Random.Next()));

    private void PublishMemory()
    {
        Metrics.ObserveGauge("kafscale_append_buffer_bytes", "By", "Record bytes accepted and not yet committed.", () => AppendBuffer.UsedBytes);
        Metrics.ObserveGauge("kafscale_cache_bytes", "By", "Bytes of objects in the hot segment cache.", () => Cache.Bytes);
        Metrics.ObserveCounter("kafscale_cache_hits_total", null, "Reads that the hot segment cache alone answered.", () => Cache.Hits);
        Metrics.ObserveCounter("kafscale_cache_misses_total", null, "Reads that had to wait for the object store.", () => Cache.Misses);
        Metrics.ObserveCounter("kafscale_cache_evictions_total", null, "Extents and objects that made room for others.", () => Cache.Evictions);
        Metrics.ObserveCounter("kafscale_cache_loaded_bytes_total", "By", "Bytes that were read from the object store.", () => Cache.LoadedBytes);
    }

    public async ValueTask DisposeAsync()
    {
        await ManifestCache.DisposeAsync();
        await Indexes.DisposeAsync();
        await Cache.DisposeAsync();
        AppendBuffer.Dispose();
        HealthReport.Dispose();
        Metrics.Dispose();
    }
}
