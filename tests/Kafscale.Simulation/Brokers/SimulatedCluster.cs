using Kafscale.Broker;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Memory;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Defects;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;
using Kafscale.Simulation.Stores;

namespace Kafscale.Simulation.Brokers;

/// <summary>The stores, which outlive every broker, and the brokers that run on them.</summary>
internal sealed class SimulatedCluster
{
    /// <summary>How often a broker with anything to write writes.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);

    private const int FirstPort = 9092;

    private static readonly TimeSpan ObjectStoreTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MetadataStoreTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MetadataLatency = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(20);

    private readonly Scheduler _scheduler;
    private readonly Defect _defect;
    private readonly Random _random;
    private readonly SortedDictionary<int, SimulatedBroker> _brokers = [];
    private readonly List<Violation> _violations = [];
    private readonly SortedSet<int> _members = [];
    private readonly Dictionary<int, (StoreConditions Bucket, StoreConditions Metadata)> _conditions = [];

    public SimulatedCluster(Scheduler scheduler, SimulatedNetwork network, Defect defect, Random random)
    {
        _defect = defect;
        _scheduler = scheduler;
        _random = random;
        Network = network;
        Bucket = new SimulatedBucket(scheduler.World.Clock);
        MetadataStore = new MemoryMetadataStore(scheduler.World.Clock);
    }

    /// <summary>What brokers have reported that must never be the case.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    public SimulatedNetwork Network { get; }

    public SimulatedBucket Bucket { get; }

    public MemoryMetadataStore MetadataStore { get; }

    /// <summary>The newest run of each broker, by its id.</summary>
    public IReadOnlyDictionary<int, SimulatedBroker> Brokers => _brokers;

    public static string HostOf(int brokerId) => $"broker-{brokerId}";

    public static int PortOf(int brokerId) => FirstPort + brokerId;

    /// <summary>The brokers that are to run.</summary>
    public IReadOnlyCollection<int> Members => _members;

    /// <summary>How the bucket does for a broker.</summary>
    public StoreConditions BucketConditionsOf(int brokerId) => ConditionsOf(brokerId).Bucket;

    /// <summary>How the metadata store does for a broker.</summary>
    public StoreConditions MetadataConditionsOf(int brokerId) => ConditionsOf(brokerId).Metadata;

    /// <summary>Has a broker run from now on: where its process ends, it is started again.</summary>
    public void Join(int brokerId)
    {
        if (_members.Add(brokerId) && (!_brokers.TryGetValue(brokerId, out var last) || last.Process.State == ProcessState.Ended))
        {
            Start(brokerId);
        }
    }

    /// <summary>Stops a broker, for good.</summary>
    public void Leave(int brokerId)
    {
        _members.Remove(brokerId);
        RequestStop(brokerId);
    }

    /// <summary>SIGTERM, and SIGKILL where that does not help.</summary>
    public void RequestStop(int brokerId)
    {
        var broker = _brokers[brokerId];
        broker.RequestStop();
        _scheduler.EnqueueAfter(StopPatience, _scheduler.World, broker.Process.End);
    }

    private (StoreConditions Bucket, StoreConditions Metadata) ConditionsOf(int brokerId)
    {
        if (!_conditions.TryGetValue(brokerId, out var conditions))
        {
            conditions = (new StoreConditions(), new StoreConditions { MedianLatency = MetadataLatency });
            _conditions.Add(brokerId, conditions);
        }

        return conditions;
    }

    private void Start(int brokerId)
    {
        var process = new SimulatedProcess(_scheduler, HostOf(brokerId));
        var random = new Random(_random.Next());
        var objects = new SimulatedObjectStore(Bucket, new RemoteCalls(
            process, Network.LinkOf(process.Name, "bucket"), BucketConditionsOf(brokerId), ObjectStoreTimeout, new Random(random.Next())));
        var metadata = new SimulatedMetadataStore(MetadataStore, new RemoteCalls(
            process, Network.LinkOf(process.Name, "metadata"), MetadataConditionsOf(brokerId), MetadataStoreTimeout, new Random(random.Next())));
        var broker = new SimulatedBroker(process, Network, OptionsOf(brokerId), objects, metadata, _defect, _violations, random);
        _brokers[brokerId] = broker;
        process.Ended += () => StartAgain(broker);
        broker.Start();
    }

    private void StartAgain(SimulatedBroker ended)
    {
        _scheduler.Trace.Write(ended.Process.Name, $"has ended");
        _scheduler.EnqueueAfter(LongestAbsence * _random.NextDouble(), _scheduler.World, () =>
        {
            if (_members.Contains(ended.BrokerId) && _brokers[ended.BrokerId] == ended)
            {
                Start(ended.BrokerId);
            }
        });
    }

    /// <summary>Small sizes and short times, so that hours of virtual time have many merges, deletions and checkpoints.</summary>
    private static BrokerOptions OptionsOf(int brokerId) => new()
    {
        BrokerId = brokerId,
        AdvertisedHost = HostOf(brokerId),
        Rack = $"rack-{brokerId}",
        AdvertisedPort = PortOf(brokerId),
        BufferMaxBytes = 16 * 1024 * 1024,
        CacheBytes = 16 * 1024 * 1024,
        Maintenance = new MaintenanceOptions
        {
            RetentionInterval = TimeSpan.FromSeconds(30),
            GracePeriod = TimeSpan.FromSeconds(30),
            OrphanInterval = TimeSpan.FromMinutes(2),
        },
        Flusher = new FlusherOptions { FlushInterval = FlushInterval },
        Cluster = new ClusterOptions
        {
            NodeId = brokerId,
            LogDirectory = "memory",
            AutoCreateTopics = false,
            TopicDefaults = new TopicConfiguration { SegmentBytes = 64 * 1024, SegmentMs = 60_000 },
        },
    };
}
