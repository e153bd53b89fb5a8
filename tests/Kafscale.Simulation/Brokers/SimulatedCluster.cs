using Kafscale.Broker;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Memory;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;
using Kafscale.Simulation.Stores;

namespace Kafscale.Simulation.Brokers;

/// <summary>The stores, which outlive every broker, and the brokers that run on them.</summary>
internal sealed class SimulatedCluster
{
    private const int FirstPort = 9092;

    private static readonly TimeSpan ObjectStoreTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MetadataStoreTimeout = TimeSpan.FromSeconds(5);

    private readonly Scheduler _scheduler;
    private readonly Random _random;
    private readonly SortedDictionary<int, SimulatedBroker> _brokers = [];

    public SimulatedCluster(Scheduler scheduler, SimulatedNetwork network, Random random)
    {
        _scheduler = scheduler;
        _random = random;
        Network = network;
        Bucket = new SimulatedBucket(scheduler.World.Clock);
        MetadataStore = new MemoryMetadataStore(scheduler.World.Clock);
    }

    public SimulatedNetwork Network { get; }

    public SimulatedBucket Bucket { get; }

    public MemoryMetadataStore MetadataStore { get; }

    /// <summary>How the bucket does, for all brokers.</summary>
    public StoreConditions BucketConditions { get; } = new();

    /// <summary>How the metadata store does, for all brokers.</summary>
    public StoreConditions MetadataConditions { get; } = new() { MedianLatency = TimeSpan.FromMilliseconds(2) };

    /// <summary>The newest run of each broker, by its id.</summary>
    public IReadOnlyDictionary<int, SimulatedBroker> Brokers => _brokers;

    public static string HostOf(int brokerId) => $"broker-{brokerId}";

    public static int PortOf(int brokerId) => FirstPort + brokerId;

    /// <summary>Starts a broker that does not run.</summary>
    public SimulatedBroker Start(int brokerId)
    {
        var process = new SimulatedProcess(_scheduler, HostOf(brokerId));
        var random = new Random(_random.Next());
        var objects = new SimulatedObjectStore(Bucket, new RemoteCalls(
            process, Network.LinkOf(process.Name, "bucket"), BucketConditions, ObjectStoreTimeout, new Random(random.Next())));
        var metadata = new SimulatedMetadataStore(MetadataStore, new RemoteCalls(
            process, Network.LinkOf(process.Name, "metadata"), MetadataConditions, MetadataStoreTimeout, new Random(random.Next())));
        var broker = new SimulatedBroker(process, Network, OptionsOf(brokerId), objects, metadata, random);
        _brokers[brokerId] = broker;
        broker.Start();
        return broker;
    }

    /// <summary>Small sizes and short times, so that hours of virtual time have many merges, deletions and checkpoints.</summary>
    private static BrokerOptions OptionsOf(int brokerId) => new()
    {
        BrokerId = brokerId,
        AdvertisedHost = HostOf(brokerId),
        AdvertisedPort = PortOf(brokerId),
        BufferMaxBytes = 16 * 1024 * 1024,
        CacheBytes = 16 * 1024 * 1024,
        Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromMilliseconds(250) },
        Cluster = new ClusterOptions
        {
            NodeId = brokerId,
            LogDirectory = "memory",
            AutoCreateTopics = false,
            TopicDefaults = new TopicConfiguration { SegmentBytes = 64 * 1024, SegmentMs = 60_000 },
        },
    };
}
