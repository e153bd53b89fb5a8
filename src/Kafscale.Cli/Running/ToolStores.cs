using Kafscale.Broker.Configuration;
using Kafscale.Broker.StorageTools;
using Kafscale.Metadata;
using Kafscale.Metadata.Memory;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Cli.Running;

/// <summary>The stores that a command works on, opened and locked as a broker does it.</summary>
internal sealed class ToolStores : IAsyncDisposable
{
    private readonly ConfiguredStores _stores;

    private ToolStores(ConfiguredStores stores, IObjectStore objectStore, IMetadataStore metadataStore, StorageToolsOptions options)
    {
        _stores = stores;
        ObjectStore = objectStore;
        MetadataStore = metadataStore;
        Options = options;
    }

    public IObjectStore ObjectStore { get; }

    /// <summary>An empty one in memory where the command does without.</summary>
    public IMetadataStore MetadataStore { get; }

    public StorageToolsOptions Options { get; }

    public Random Random { get; } = ConfiguredStores.CreateRandom();

    /// <summary>Opens them.</summary>
    /// <param name="configuration">Where they are.</param>
    /// <param name="isWithoutMetadata">Reads objects alone, also beside a broker on the same folder.</param>
    /// <param name="createsMetadata">Creates a metadata store where there is none.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartFailedException">Another process uses them, or they cannot be opened.</exception>
    public static async Task<ToolStores> OpenAsync(
        BrokerConfiguration configuration, bool isWithoutMetadata, bool createsMetadata, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var stores = new ConfiguredStores(configuration, timeProvider);
        try
        {
            if (!isWithoutMetadata)
            {
                stores.TakeLocks();
            }

            // A replica may be behind, and commands decide by what they read.
            var stack = await stores.OpenObjectStoreAsync([], readsReplica: false, cancellationToken);
            var isMissing = configuration.MetadataStore.Kind == StoreKind.Sqlite && !File.Exists(configuration.MetadataStore.Path);
            var metadataStore = isWithoutMetadata || (isMissing && !createsMetadata)
                ? stores.Own(new MemoryMetadataStore(timeProvider))
                : await stores.OpenMetadataStoreAsync(cancellationToken);
            var options = new StorageToolsOptions();
            return new ToolStores(
                stores, stack.Lanes.Maintenance, metadataStore, configuration.S3 is { } s3 ? options with { Namespace = s3.Namespace } : options);
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _stores.DisposeAsync();
}
