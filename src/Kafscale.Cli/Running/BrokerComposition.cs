using Kafscale.Broker;
using Kafscale.Broker.Configuration;
using Kafscale.Metadata;
using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Memory;
using Kafscale.Metadata.Sqlite;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.S3;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Where the stores that a configuration names and the broker that stands on them are put together.</summary>
internal sealed class BrokerComposition : IRunningBroker
{
    // In the order of their creation; released in the opposite one.
    private readonly Stack<object> _stores;
    private readonly BrokerHost _broker;

    private BrokerComposition(Stack<object> stores, BrokerHost broker)
    {
        _stores = stores;
        _broker = broker;
    }

    public ListenAddress Listener => _broker.Listener;

    public IReadOnlyList<string> NotReadyReasons => _broker.NotReadyReasons;

    public Task Completion => _broker.Completion;

    /// <summary>Composes and starts everything but the HTTP endpoints.</summary>
    public static async Task<IRunningBroker> StartAsync(
        BrokerConfiguration configuration, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var stores = new Stack<object>();
        try
        {
            TakeLocks(configuration, stores);
            var objectStore = await OpenObjectStoreAsync(configuration, timeProvider, cancellationToken);
            var monitor = new ObjectStoreHealthMonitor(HealthOptionsOf(configuration), timeProvider);
            stores.Push(monitor);
            var objectStores = ObjectStoreStack.Create(
                objectStore, StackOptionsOf(configuration, timeProvider) with { PrimaryObservers = [monitor] }, timeProvider, CreateRandom());
            stores.Push(objectStores);
            if (configuration.S3 is { } s3)
            {
                await new S3StartupProbe(objectStores.Primary, s3.Bucket, s3.Namespace, timeProvider, CreateRandom()).RunAsync(cancellationToken);
                await CheckReplicaAsync(s3, objectStores.Lanes.Replica, loggerFactory, cancellationToken);
            }

            var metadataStore = await OpenMetadataStoreAsync(configuration, timeProvider, cancellationToken);
            stores.Push(metadataStore);
            var prober = new ObjectStoreProber(objectStores.Primary, monitor, BrokerHost.HealthProbeKeyOf(configuration), timeProvider, CreateRandom());
            stores.Push(prober);
            prober.Start();
            var broker = await BrokerHost.StartAsync(
                configuration, objectStores.Lanes with { Health = monitor }, metadataStore, timeProvider, CreateRandom(), loggerFactory, cancellationToken);
            return new BrokerComposition(stores, broker);
        }
        catch (Exception e)
        {
            await ReleaseAsync(stores);
            ListenErrors.ThrowIfAboutAddress(e, "broker.addr", configuration.Listener);
            if (e is S3StartupException)
            {
                throw new StartFailedException(e.Message, e);
            }

            throw;
        }
    }

    public Task StopAsync(CancellationToken deadline) => _broker.StopAsync(deadline);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await ReleaseAsync(_stores);
    }

    internal static void TakeLocks(BrokerConfiguration configuration, Stack<object> stores)
    {
        foreach (var store in (ReadOnlySpan<StoreLocation>)[configuration.MetadataStore, configuration.ObjectStore])
        {
            if (store.Kind is StoreKind.File or StoreKind.Sqlite)
            {
                stores.Push(StoreLock.Take(store.Path));
            }
        }
    }

    private static ObjectStoreStackOptions StackOptionsOf(BrokerConfiguration configuration, TimeProvider timeProvider) => configuration.S3 is { } s3
        ? new ObjectStoreStackOptions
        {
            Concurrency = s3.Concurrency,
            Prices = s3.Prices,
            Replica = s3.Replica is { } replica ? OpenS3(replica, timeProvider) : null,
        }
        : new ObjectStoreStackOptions { Prices = ObjectStorePrices.Free };

    private static async Task CheckReplicaAsync(
        S3Configuration s3, IObjectStore? replica, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        if (replica is not null && await new S3ReplicaProbe(replica, s3.Replica!, s3.Namespace).RunAsync(cancellationToken) is { } trouble)
        {
            loggerFactory.CreateLogger<BrokerComposition>().LogWarning("{Trouble}", trouble);
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

    internal static async ValueTask<IObjectStore> OpenObjectStoreAsync(
        BrokerConfiguration configuration, TimeProvider timeProvider, CancellationToken cancellationToken) => configuration.ObjectStore.Kind switch
        {
            StoreKind.File => await FileSystemObjectStore.OpenAsync(configuration.ObjectStore.Path, timeProvider, cancellationToken),
            StoreKind.S3 => OpenS3(configuration.S3!.Bucket, timeProvider),
            StoreKind.Memory => new MemoryObjectStore(timeProvider),
            _ => throw new StartFailedException($"{configuration.ObjectStore} cannot hold records."),
        };

    private static S3ObjectStore OpenS3(S3Options options, TimeProvider timeProvider)
    {
        try
        {
            return new S3ObjectStore(options, timeProvider);
        }
        catch (IOException e)
        {
            throw new StartFailedException($"{e.Message} (s3.ca.file)", e);
        }
    }

    internal static async ValueTask<IMetadataStore> OpenMetadataStoreAsync(
        BrokerConfiguration configuration, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var location = configuration.MetadataStore;
        return location.Kind switch
        {
            StoreKind.Sqlite => SqliteMetadataStore.Open(new SqliteMetadataOptions(location.Path), timeProvider),
            StoreKind.Etcd => await ConnectToEtcdAsync(configuration.Etcd!, timeProvider, cancellationToken),
            StoreKind.Memory => new MemoryMetadataStore(timeProvider),
            _ => throw new StartFailedException($"{location} cannot hold metadata."),
        };
    }

    private static async Task<EtcdMetadataStore> ConnectToEtcdAsync(
        EtcdOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            return await EtcdMetadataStore.ConnectAsync(options, timeProvider, CreateRandom(), cancellationToken);
        }
        catch (EtcdStartException e)
        {
            throw new StartFailedException(e.Message, e);
        }
    }

    // Ids that two brokers draw at the same moment must not be the same, so the seed is the system's.
    internal static Random CreateRandom() => new(System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue));

    internal static async ValueTask ReleaseAsync(Stack<object> stores)
    {
        while (stores.TryPop(out var store))
        {
            switch (store)
            {
                case IAsyncDisposable asynchronous:
                    await asynchronous.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }
    }
}
