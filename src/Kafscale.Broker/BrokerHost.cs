using Kafscale.Broker.Administration;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Network;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>A broker as a process runs it: the node, and the listener that clients connect to.</summary>
public sealed partial class BrokerHost : IAsyncDisposable
{
    internal const string ListenerName = "PLAINTEXT";

    // Most of what a process is given to stop in, and many times what handing over takes where the stores are well.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(10);

    // Well below what HTTP clients and proxies wait for an answer.
    private static readonly TimeSpan AdministrativePatience = TimeSpan.FromSeconds(20);

    private readonly BrokerNode _node;
    private readonly IKafkaServer _server;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    private BrokerHost(BrokerNode node, IKafkaServer server, ListenAddress listener, TimeProvider timeProvider, ILogger logger)
    {
        _node = node;
        _server = server;
        _timeProvider = timeProvider;
        _logger = logger;
        Listener = listener;
    }

    /// <summary>Where Kafka clients connect, with the port that the listener is bound to.</summary>
    public ListenAddress Listener { get; }

    /// <summary>Why clients should not be sent here now; empty where they may be.</summary>
    public IReadOnlyList<string> NotReadyReasons => _node.NotReadyReasons;

    /// <summary>Ends with an error when the broker can not go on; ends well once it has been stopped.</summary>
    public Task Completion => _node.Completion;

    /// <summary>Recovers, leads, and listens; ready once the task completes.</summary>
    /// <exception cref="IOException">The listener's address can not be bound.</exception>
    public static async Task<BrokerHost> StartAsync(
        BrokerConfiguration configuration,
        ObjectStoreLanes objectStores,
        IMetadataStore metadataStore,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        var endPoint = await configuration.Listener.ResolveAsync(cancellationToken);
        return await StartAsync(
            OptionsOf(configuration),
            configuration.Listener,
            configuration.AdvertisedPort,
            dispatcher => new KafkaServer([new KafkaListenerOptions(ListenerName, endPoint)], LimitsOf(configuration), dispatcher, timeProvider, loggerFactory),
            objectStores,
            metadataStore,
            timeProvider,
            random,
            loggerFactory,
            cancellationToken);
    }

    /// <summary>The same, with a server that need not have sockets.</summary>
    /// <param name="options">What the broker is told.</param>
    /// <param name="listener">Where the server is to listen.</param>
    /// <param name="advertisedPort">What clients are told; <see langword="null"/>: the port that the listener is bound to.</param>
    /// <param name="createServer">Makes the server, from what answers requests.</param>
    /// <param name="objectStores">Where records are.</param>
    /// <param name="metadataStore">Where everything else is.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="random">For ids and waits.</param>
    /// <param name="loggerFactory">Takes what happens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<BrokerHost> StartAsync(
        BrokerOptions options,
        ListenAddress listener,
        int? advertisedPort,
        Func<RequestDispatcher, IKafkaServer> createServer,
        ObjectStoreLanes objectStores,
        IMetadataStore metadataStore,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        var node = new BrokerNode(options, objectStores, metadataStore, timeProvider, random, loggerFactory);
        var server = createServer(node.Dispatcher);
        try
        {
            await node.StartAsync(cancellationToken);
            await server.StartAsync(cancellationToken);
            var bound = listener with { Port = server.EndPointOf(ListenerName).Port };
            await node.AnnounceAsync(options.AdvertisedHost, advertisedPort ?? bound.Port, cancellationToken);
            return new BrokerHost(node, server, bound, timeProvider, loggerFactory.CreateLogger<BrokerHost>());
        }
        catch
        {
            await server.DisposeAsync();
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>The key of the object that a broker probes its object store with.</summary>
    public static string HealthProbeKeyOf(BrokerConfiguration configuration)
    {
        var options = OptionsOf(configuration);
        return new ObjectKeys(options.Namespace).HealthProbe(options.BrokerId);
    }

    /// <summary>Hands over what it leads, begins no more requests, flushes what was accepted, answers what is in progress, and closes the connections.</summary>
    /// <param name="deadline">Cancelled where the time for that is over: then it stops at once.</param>
    public async Task StopAsync(CancellationToken deadline)
    {
        await DrainToStopAsync(deadline);
        await _server.StopAsync(deadline);
        await _node.StopAsync(deadline);
    }

    /// <summary>What it is doing now.</summary>
    public BrokerStatus Look() => _node.Look(_server.ConnectionCount);

    /// <summary>What topics take in the object store, in the order of their names.</summary>
    /// <param name="after">Only those behind this name; empty: all.</param>
    /// <param name="limit">At most so many.</param>
    public TopicStoragePage FindTopics(string after, int limit) => _node.Storage.FindTopics(after, limit);

    /// <summary>The groups that this broker coordinates, in the order of their ids.</summary>
    /// <param name="after">Only those behind this id; empty: all.</param>
    /// <param name="limit">At most so many.</param>
    public CoordinatedGroupPage FindGroups(string after, int limit) => _node.FindGroups(after, limit);

    /// <summary>What a topic takes in the object store; <see langword="null"/> where there is none of that name.</summary>
    public TopicStorageDetails? FindTopic(string name) => _node.Storage.FindTopic(name);

    /// <summary>Where a partition's records are in the object store; <see langword="null"/> where there is no such partition.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="fromOffset">Only objects with offsets from here on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectStoreException">The partition's manifest cannot be read.</exception>
    public ValueTask<PartitionObjects?> FindObjectsAsync(string topic, int partition, long fromOffset, int limit, CancellationToken cancellationToken) =>
        _node.Storage.FindObjectsAsync(topic, partition, fromOffset, limit, cancellationToken);

    /// <summary>Has other brokers take over what this one leads; it takes nothing more until <see cref="EndDrainAsync"/>.</summary>
    /// <exception cref="SessionLostException">The session has ended: others take over by themselves.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public async Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken)
    {
        if (!_node.LeadsNothing && !_node.CanHandOver)
        {
            return DrainOutcome.NobodyTakesOver;
        }

        using var patience = new CancellationTokenSource(AdministrativePatience, _timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _node.DrainAsync(end.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return DrainOutcome.Unfinished;
        }

        return _node.LeadsNothing ? DrainOutcome.Drained : DrainOutcome.Unfinished;
    }

    /// <summary>Has this broker take its share again.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public Task EndDrainAsync(CancellationToken cancellationToken) => _node.EndDrainAsync(cancellationToken);

    /// <summary>Commits everything that was accepted before.</summary>
    /// <returns>Whether all of it was committed. What was not, was not acknowledged either.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AdministrativePatience, _timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _node.FlushAsync(end.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return false;
        }
    }

    // While clients are still answered: they are told who leads instead. What could not be handed over others take when the session ends.
    private async Task DrainToStopAsync(CancellationToken deadline)
    {
        using var patience = new CancellationTokenSource(DrainPatience, _timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, deadline);
        try
        {
            await _node.DrainAsync(end.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SessionLostException or MetadataUnavailableException)
        {
            LogNotDrained(_logger, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
    }

    // A listener on every interface is reached by the machine's own name.
    private static string AdvertisedHostOf(BrokerConfiguration configuration) =>
        configuration.AdvertisedHost ?? (configuration.Listener.IsAnyInterface ? Environment.MachineName : configuration.Listener.Host);

    private static BrokerOptions OptionsOf(BrokerConfiguration configuration) => new()
    {
        BrokerId = configuration.BrokerId,
        AdvertisedHost = AdvertisedHostOf(configuration),
        AdvertisedPort = configuration.AdvertisedPort ?? configuration.Listener.Port,
        Rack = configuration.Rack ?? "",
        Namespace = configuration.S3?.Namespace ?? BrokerOptions.DefaultNamespace,
        Roles = configuration.Roles,
        Version = typeof(BrokerHost).Assembly.GetName().Version?.ToString(3) ?? "",
        SessionTimeToLive = TimeSpan.FromMilliseconds(configuration.SessionLeaseTtlMs),
        BufferMaxBytes = configuration.BufferMaxBytes,
        CacheBytes = configuration.CacheBytes,
        LetsCachedFetchesPass = configuration.HealthFetchFromCache,
        ReadAheadSegments = configuration.ReadAheadSegments,
        Flusher = new FlusherOptions
        {
            FlushBytes = configuration.FlushBytes,
            FlushInterval = TimeSpan.FromMilliseconds(configuration.FlushIntervalMs),
            MaxConcurrentFlushes = configuration.FlushConcurrency,
        },
        Maintenance = new MaintenanceOptions
        {
            RetentionInterval = TimeSpan.FromMilliseconds(configuration.LogRetentionCheckIntervalMs),
            GracePeriod = TimeSpan.FromMilliseconds(configuration.LogSegmentDeleteDelayMs),
            OrphanInterval = TimeSpan.FromMilliseconds(configuration.GarbageSearchIntervalMs),
        },
        Cluster = new ClusterOptions
        {
            NodeId = configuration.BrokerId,
            AutoCreateTopics = configuration.AutoCreateTopics,
            DefaultPartitions = configuration.AutoCreatePartitions,
            LogDirectory = configuration.ObjectStore.ToString(),
            OtherSettings = KafkaSettings.Describe(configuration),
            TopicDefaults = new TopicConfiguration
            {
                MaxMessageBytes = configuration.MessageMaxBytes,
                SegmentBytes = configuration.SegmentBytes,
                SegmentMs = configuration.SegmentMs,
                FileDeleteDelayMs = configuration.LogSegmentDeleteDelayMs,
            },
        },
        Groups = new GroupOptions
        {
            MinSessionTimeoutMs = configuration.GroupMinSessionTimeoutMs,
            MaxSessionTimeoutMs = configuration.GroupMaxSessionTimeoutMs,
            InitialRebalanceDelayMs = configuration.GroupInitialRebalanceDelayMs,
            MaxSize = configuration.GroupMaxSize,
            ConsumerHeartbeatIntervalMs = configuration.GroupConsumerHeartbeatIntervalMs,
            ConsumerSessionTimeoutMs = configuration.GroupConsumerSessionTimeoutMs,
            ConsumerMinHeartbeatIntervalMs = configuration.GroupConsumerMinHeartbeatIntervalMs,
            ConsumerMaxHeartbeatIntervalMs = configuration.GroupConsumerMaxHeartbeatIntervalMs,
            ConsumerMinSessionTimeoutMs = configuration.GroupConsumerMinSessionTimeoutMs,
            ConsumerMaxSessionTimeoutMs = configuration.GroupConsumerMaxSessionTimeoutMs,
            ConsumerMaxSize = configuration.GroupConsumerMaxSize,
            ConsumerMigrationPolicy = configuration.GroupConsumerMigrationPolicy,
            OffsetsRetentionMinutes = configuration.OffsetsRetentionMinutes,
        },
        Telemetry = new TelemetryOptions
        {
            MaxTopics = configuration.MetricsTopicsMax,
            MaxGroups = configuration.MetricsGroupsMax,
            MaxPartitions = configuration.MetricsPartitionsMax,
        },
    };

    private static NetworkLimits LimitsOf(BrokerConfiguration configuration) => new()
    {
        MaxRequestBytes = configuration.SocketRequestMaxBytes,
        MaxInFlightBytes = configuration.QueuedMaxRequestBytes,
        MaxRequestsInProgress = configuration.MaxInFlightRequestsPerConnection,
        MaxConnections = configuration.MaxConnections,
        MaxConnectionsPerAddress = configuration.MaxConnections,
        IdleTimeout = TimeSpan.FromMilliseconds(configuration.ConnectionsMaxIdleMs),
    };

    [LoggerMessage(1904, LogLevel.Warning, "Not everything that this broker leads could be handed over before it stopped; others take it once its session has ended.")]
    private static partial void LogNotDrained(ILogger logger, Exception exception);
}
