using Kafscale.Broker;
using Kafscale.Broker.Configuration;
using Kafscale.Metadata.Memory;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Bench.Latency;

/// <summary>A broker with the settings that it has on S3, over a store whose latency is made up.</summary>
internal sealed class SlowStoreBroker : IAsyncDisposable
{
    private readonly ObjectStoreStack _stores;
    private readonly MemoryMetadataStore _metadata;
    private readonly BrokerHost _host;

    private SlowStoreBroker(ObjectStoreStack stores, MemoryMetadataStore metadata, BrokerHost host)
    {
        _stores = stores;
        _metadata = metadata;
        _host = host;
    }

    public int Port => _host.Listener.Port;

    public static async Task<SlowStoreBroker> StartAsync(LognormalLatency puts, LognormalLatency reads)
    {
        var time = TimeProvider.System;
        var configuration = BrokerConfigurationReader.Read(
            ServerRole.Dev,
            [
                ConfigurationSource.Flags(new Dictionary<string, string>
                {
                    ["in.memory"] = "true",
                    ["broker.addr"] = "127.0.0.1:0",
                    ["flush.interval.ms"] = "250",
                }),
            ]);
        var store = new StoreElsewhere(time);
        var stores = ObjectStoreStack.Create(new LatencyObjectStore(store, puts, reads, time), new ObjectStoreStackOptions(), time, new Random(1));
        var metadata = new MemoryMetadataStore(time);
        var host = await BrokerHost.StartAsync(configuration, stores.Lanes, metadata, time, new Random(2), NullLoggerFactory.Instance, CancellationToken.None);
        return new SlowStoreBroker(stores, metadata, host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _metadata.DisposeAsync();
        await _stores.DisposeAsync();
    }
}
