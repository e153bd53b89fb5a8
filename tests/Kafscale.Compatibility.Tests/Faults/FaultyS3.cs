using Kafscale.Storage;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>A broker process whose records are in a real S3 server, and everything in between that can be made to fail.</summary>
internal sealed class FaultyS3 : IAsyncDisposable
{
    /// <summary>The session of a broker that is not heard of ends after this.</summary>
    public static readonly TimeSpan SessionTimeToLive = TimeSpan.FromSeconds(2);

    private readonly S3ObjectStore _bucket;

    private FaultyS3(RadosGateway gateway, FaultProxy proxy, S3ObjectStore bucket, BrokerProcess broker)
    {
        Gateway = gateway;
        Proxy = proxy;
        _bucket = bucket;
        Broker = broker;
    }

    public RadosGateway Gateway { get; }

    public FaultProxy Proxy { get; }

    public BrokerProcess Broker { get; }

    /// <summary>Starts a broker with a proxy between it and a new bucket.</summary>
    public static async Task<FaultyS3> StartAsync(RadosGateway gateway)
    {
        var options = await gateway.CreateBucketAsync();
        var proxy = await FaultProxy.StartAsync(gateway.Endpoint);
        var environment = new Dictionary<string, string>
        {
            ["KAFSCALE_S3_REQUEST_TIMEOUT_MS"] = "2000",
            ["KAFSCALE_SESSION_LEASE_TTL_MS"] = $"{SessionTimeToLive.TotalMilliseconds}",
            // So that merging and the removal of what is merged meet the faults, and garbage is gone while the test waits.
            ["KAFSCALE_LOG_RETENTION_CHECK_INTERVAL_MS"] = "200",
            ["KAFSCALE_LOG_SEGMENT_DELETE_DELAY_MS"] = "400",
            ["KAFSCALE_GARBAGE_SEARCH_INTERVAL_MS"] = "500",
        };
        var broker = await BrokerProcess.StartOnS3Async(options with { Endpoint = proxy.Address }, environment: environment);
        return new FaultyS3(gateway, proxy, new S3ObjectStore(options, TimeProvider.System), broker);
    }

    /// <summary>The keys of all objects that belong to topics, as the server has them.</summary>
    public async Task<List<string>> KeysOfTopicsAsync()
    {
        var keys = new ObjectKeys("default");
        var keysOfTopics = new List<string>();
        await foreach (var found in _bucket.ListAsync("", null, CancellationToken.None))
        {
            // What belongs to the cluster, marks and snapshots of its metadata and probes, is always there.
            if (!found.Key.StartsWith($"{keys.Prefix}/meta/", StringComparison.Ordinal) || keys.TryParseManifest(found.Key, out _, out _, out _))
            {
                keysOfTopics.Add(found.Key);
            }
        }

        return keysOfTopics;
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        _bucket.Dispose();
        await Proxy.DisposeAsync();
    }
}
