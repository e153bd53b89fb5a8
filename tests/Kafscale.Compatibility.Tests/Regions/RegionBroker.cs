using System.Globalization;
using Kafscale.Broker;
using Kafscale.Broker.Configuration;
using Kafscale.Metadata;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>A broker of one region, in the process of the test and on a real socket.</summary>
internal sealed class RegionBroker : IAsyncDisposable
{
    private readonly BrokerHost _host;
    private readonly ObjectStoreStack _stack;

    private RegionBroker(BrokerHost host, ObjectStoreStack stack, FailureCount primaryFailures)
    {
        _host = host;
        _stack = stack;
        PrimaryFailures = primaryFailures;
    }

    /// <summary>Where clients connect.</summary>
    public string Address => _host.Listener.ToString();

    /// <summary>What went wrong between this broker and the primary.</summary>
    public FailureCount PrimaryFailures { get; }

    public static async Task<RegionBroker> StartAsync(
        int id, string rack, string roles, IMetadataStore metadata, S3Options primary, S3Options? replica)
    {
        var failures = new FailureCount();
        var options = new ObjectStoreStackOptions
        {
            PrimaryObservers = [failures],
            Replica = replica is null ? null : new S3ObjectStore(replica, TimeProvider.System),
        };
        var stack = ObjectStoreStack.Create(new S3ObjectStore(primary, TimeProvider.System), options, TimeProvider.System, new Random(id));
        var settings = ConfigurationSource.Flags(new Dictionary<string, string>
        {
            ["broker.id"] = id.ToString(CultureInfo.InvariantCulture),
            ["broker.addr"] = "127.0.0.1:0",
            ["broker.rack"] = rack,
            ["broker.roles"] = roles,
            ["flush.interval.ms"] = "10",
            ["segment.bytes"] = "8MiB",
            ["group.initial.rebalance.delay.ms"] = "0",

            // Both are given to the broker below.
            ["etcd.endpoints"] = "http://unused:2379",
            ["object.store"] = "file:unused",
        });
        var host = await BrokerHost.StartAsync(
            BrokerConfigurationReader.Read(ServerRole.Broker, [settings]),
            stack.Lanes,
            metadata,
            TimeProvider.System,
            new Random(id),
            NullLoggerFactory.Instance,
            CancellationToken.None);
        return new RegionBroker(host, stack, failures);
    }

    public async ValueTask DisposeAsync()
    {
        using (var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10)))
        {
            await _host.StopAsync(deadline.Token);
        }

        await _host.DisposeAsync();
        await _stack.DisposeAsync();
    }
}
