using Kafscale.Broker;
using Kafscale.Broker.Administration;
using Kafscale.Broker.Configuration;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Where the stores that a configuration names and the broker that stands on them are put together.</summary>
internal sealed partial class BrokerComposition : IRunningBroker
{
    private readonly ConfiguredStores _stores;
    private readonly BrokerHost _broker;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Task _watching;

    private BrokerComposition(ConfiguredStores stores, BrokerHost broker)
    {
        _stores = stores;
        _broker = broker;
        _watching = stores.WatchAsync(_disposing.Token);
        Completion = Task.WhenAny(broker.Completion, _watching).Unwrap();
    }

    public ListenAddress Listener => _broker.Listener;

    public IReadOnlyList<string> NotReadyReasons => _broker.NotReadyReasons;

    public Task Completion { get; }

    /// <summary>Composes and starts everything but the HTTP endpoints.</summary>
    public static async Task<IRunningBroker> StartAsync(
        BrokerConfiguration configuration, Action<string> onWaiting, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var stores = new ConfiguredStores(configuration, timeProvider);
        try
        {
            onWaiting($"The object store ({configuration.ObjectStore}) has to answer.");
            stores.TakeLocks();
            var monitor = stores.Own(new ObjectStoreHealthMonitor(HealthOptionsOf(configuration), timeProvider));
            var objectStores = await stores.OpenObjectStoreAsync([monitor], readsReplica: true, cancellationToken);
            if (configuration.S3 is { } s3)
            {
                var probe = new S3StartupProbe(objectStores.Primary, s3.Bucket, s3.Namespace, timeProvider, ConfiguredStores.CreateRandom());
                await probe.RunAsync(cancellationToken);
                await CheckReplicaAsync(s3, objectStores.Lanes.Replica, loggerFactory, cancellationToken);
            }

            onWaiting($"The metadata store ({configuration.MetadataStore}) has to answer.");
            var metadataStore = await stores.OpenMetadataStoreAsync(cancellationToken);
            var prober = stores.Own(new ObjectStoreProber(
                objectStores.Primary, monitor, BrokerHost.HealthProbeKeyOf(configuration), timeProvider, ConfiguredStores.CreateRandom()));
            prober.Start();
            onWaiting("The metadata are read, the broker registers, and what is assigned to it is taken over.");
            var broker = await BrokerHost.StartAsync(
                configuration,
                objectStores.Lanes with { Health = monitor },
                metadataStore,
                timeProvider,
                ConfiguredStores.CreateRandom(),
                loggerFactory,
                cancellationToken);
            return new BrokerComposition(stores, broker);
        }
        catch (Exception e)
        {
            await stores.DisposeAsync();
            ListenErrors.ThrowIfAboutAddress(e, "broker.addr", configuration.Listener);
            if (e is S3StartupException)
            {
                throw new StartFailedException(e.Message, e);
            }

            throw;
        }
    }

    public BrokerStatus Look() => _broker.Look();

    public TopicStoragePage FindTopics(string after, int limit) => _broker.FindTopics(after, limit);

    public CoordinatedGroupPage FindGroups(string after, int limit) => _broker.FindGroups(after, limit);

    public TopicStorageDetails? FindTopic(string name) => _broker.FindTopic(name);

    public ValueTask<PartitionObjects?> FindObjectsAsync(string topic, int partition, long fromOffset, int limit, CancellationToken cancellationToken) =>
        _broker.FindObjectsAsync(topic, partition, fromOffset, limit, cancellationToken);

    public Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken) => _broker.DrainAsync(cancellationToken);

    public Task EndDrainAsync(CancellationToken cancellationToken) => _broker.EndDrainAsync(cancellationToken);

    public Task<bool> FlushAsync(CancellationToken cancellationToken) => _broker.FlushAsync(cancellationToken);

    public Task StopAsync(CancellationToken deadline) => _broker.StopAsync(deadline);

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        await Task.WhenAny(_watching);
        _disposing.Dispose();
        await _broker.DisposeAsync();
        await _stores.DisposeAsync();
    }

    private static async Task CheckReplicaAsync(
        S3Configuration s3, IObjectStore? replica, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        if (replica is not null && await new S3ReplicaProbe(replica, s3.Replica!, s3.Namespace).RunAsync(cancellationToken) is { } trouble)
        {
            LogReplicaTrouble(loggerFactory.CreateLogger<BrokerComposition>(), trouble);
        }
    }

    private static ObjectStoreHealthOptions HealthOptionsOf(BrokerConfiguration configuration) => new()
    {
        Window = TimeSpan.FromSeconds(configuration.HealthWindowSec),
        LatencyWarn = TimeSpan.FromMilliseconds(configuration.LatencyWarnMs),
        LatencyCrit = TimeSpan.FromMilliseconds(configuration.LatencyCritMs),
        ErrorRateWarn = configuration.ErrorRateWarn,
        ErrorRateCrit = configuration.ErrorRateCrit,
    };

    [LoggerMessage(2113, LogLevel.Warning, "{Trouble}")]
    private static partial void LogReplicaTrouble(ILogger logger, string trouble);
}
