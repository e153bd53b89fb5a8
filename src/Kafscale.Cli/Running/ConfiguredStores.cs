using System.Security.Cryptography;
using Kafscale.Broker.Configuration;
using Kafscale.Metadata;
using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Memory;
using Kafscale.Metadata.Sqlite;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Cli.Running;

/// <summary>
/// Opens the stores that a configuration names, the same for a broker and for a command, and releases what it has opened.
/// </summary>
internal sealed class ConfiguredStores(BrokerConfiguration configuration, TimeProvider timeProvider) : IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly List<StoreLock> _locks = [];

    // In the order of their creation; released in the opposite one.
    private readonly Stack<object> _owned = new();

    // Ids that two brokers draw at the same moment must not be the same, so the seed is the system's.
    public static Random CreateRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>Releases something before everything that has been opened earlier.</summary>
    public T Own<T>(T opened)
        where T : class
    {
        _owned.Push(opened);
        return opened;
    }

    /// <summary>Keeps other processes away from folders and files, but for brokers of the same cluster.</summary>
    /// <exception cref="StartFailedException">Another process uses them.</exception>
    public void TakeLocks()
    {
        // Brokers of one cluster share a folder of objects; that it is one cluster, the bucket's owner tells.
        var isShared = configuration.MetadataStore.Kind == StoreKind.Etcd;
        foreach (var store in (ReadOnlySpan<StoreLocation>)[configuration.MetadataStore, configuration.ObjectStore])
        {
            if (store.Kind is StoreKind.File or StoreKind.Sqlite)
            {
                _locks.Add(Own(StoreLock.Take(store.Path, isShared)));
            }
        }
    }

    /// <summary>Looks whether the stores stay where they are, until it is cancelled.</summary>
    /// <exception cref="IOException">They do not: nothing that is written from now on would be found again.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(WatchInterval, timeProvider, cancellationToken);
            if (_locks.Select(store => store.FindMissing()).FirstOrDefault(missing => missing is not null) is { } path)
            {
                throw new IOException($"{path} was removed while the broker ran. Put the data back from a copy, and start it again.");
            }
        }
    }

    /// <summary>Opens the object store with everything around it.</summary>
    /// <param name="observers">Who is told of every request to it.</param>
    /// <param name="readsReplica">Whether records may come from the replica, where there is one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartFailedException">What is wrong with the configuration.</exception>
    public async ValueTask<ObjectStoreStack> OpenObjectStoreAsync(
        IReadOnlyList<IObjectStoreObserver> observers, bool readsReplica, CancellationToken cancellationToken)
    {
        IObjectStore objectStore = configuration.ObjectStore.Kind switch
        {
            StoreKind.File => await FileSystemObjectStore.OpenAsync(configuration.ObjectStore.Path, timeProvider, cancellationToken),
            StoreKind.S3 => OpenS3(configuration.S3!.Bucket),
            StoreKind.Memory => new MemoryObjectStore(timeProvider),
            _ => throw new StartFailedException($"{configuration.ObjectStore} cannot hold records."),
        };
        var options = configuration.S3 is { } s3
            ? new ObjectStoreStackOptions
            {
                Concurrency = s3.Concurrency,
                Prices = s3.Prices,
                Replica = readsReplica && s3.Replica is { } replica ? OpenS3(replica) : null,
            }
            : new ObjectStoreStackOptions { Prices = ObjectStorePrices.Free };
        return Own(ObjectStoreStack.Create(objectStore, options with { PrimaryObservers = observers }, timeProvider, CreateRandom()));
    }

    /// <summary>Opens the metadata store.</summary>
    /// <exception cref="StartFailedException">It cannot be one, or does not answer.</exception>
    public async ValueTask<IMetadataStore> OpenMetadataStoreAsync(CancellationToken cancellationToken) => Own<IMetadataStore>(configuration.MetadataStore.Kind switch
    {
        StoreKind.Sqlite => SqliteMetadataStore.Open(new SqliteMetadataOptions(configuration.MetadataStore.Path), timeProvider),
        StoreKind.Etcd => await ConnectToEtcdAsync(configuration.Etcd!, cancellationToken),
        StoreKind.Memory => new MemoryMetadataStore(timeProvider),
        _ => throw new StartFailedException($"{configuration.MetadataStore} cannot hold metadata."),
    });

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var owned))
        {
            switch (owned)
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

    private async ValueTask<EtcdMetadataStore> ConnectToEtcdAsync(EtcdOptions options, CancellationToken cancellationToken)
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

    private S3ObjectStore OpenS3(S3Options options)
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
}
