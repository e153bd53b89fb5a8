using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>A broker of a <see cref="BrokerCluster"/>: its process, and the network between it and its stores.</summary>
internal sealed class ClusterBroker : IAsyncDisposable
{
    private ClusterBroker(int id, TcpProxy? etcd, TcpProxy s3, JumpingClock? clock, BrokerProcess process)
    {
        Id = id;
        Etcd = etcd;
        S3 = s3;
        Clock = clock;
        Process = process;
    }

    public int Id { get; }

    /// <summary>Between the broker and etcd; null where etcd has several members.</summary>
    public TcpProxy? Etcd { get; }

    /// <summary>Between the broker and its bucket.</summary>
    public TcpProxy S3 { get; }

    /// <summary>The broker's wall clock; null where it is the machine's.</summary>
    public JumpingClock? Clock { get; }

    public BrokerProcess Process { get; }

    /// <summary>Starts a broker and waits until it is ready.</summary>
    public static async Task<ClusterBroker> StartAsync(
        int id, IReadOnlyList<Uri> etcdEndpoints, S3Options bucket, TimeSpan lease, JumpingClock? clock = null)
    {
        var etcd = etcdEndpoints is [var only] ? TcpProxy.Start(only) : null;
        var s3 = TcpProxy.Start(bucket.Endpoint!);
        var process = await StartProcessAsync(id, etcd is null ? etcdEndpoints : [etcd.Address], bucket with { Endpoint = s3.Address }, lease, clock);
        return new ClusterBroker(id, etcd, s3, clock, process);
    }

    /// <summary>Starts the process alone.</summary>
    public static Task<BrokerProcess> StartProcessAsync(
        int id, IReadOnlyList<Uri> etcdEndpoints, S3Options bucket, TimeSpan lease, JumpingClock? clock = null) =>
        BrokerProcess.StartBrokerAsync(
            [
                "--broker-id", $"{id}",
                "--broker-rack", $"rack-{id}",
                "--session-lease-ttl-ms", $"{lease.TotalMilliseconds}",
                "--etcd-endpoints", string.Join(',', etcdEndpoints.Select(endpoint => endpoint.OriginalString.TrimEnd('/'))),
                "--s3-bucket", bucket.Bucket,
                "--s3-endpoint", bucket.Endpoint!.OriginalString.TrimEnd('/'),
                "--s3-request-timeout-ms", "5000",
                "--flush-interval-ms", "20",
                "--segment-bytes", "1MiB",
                "--log-retention-check-interval-ms", "500",
                "--group-initial-rebalance-delay-ms", "0",
                "--log-level", "info",
            ],
            new Dictionary<string, string>(clock?.Environment ?? new Dictionary<string, string>())
            {
                ["KAFSCALE_S3_ACCESS_KEY"] = bucket.Credentials!.AccessKey,
                ["KAFSCALE_S3_SECRET_KEY"] = bucket.Credentials.SecretKey,
            });

    /// <summary>What time it is for the broker, to the second.</summary>
    public async Task<DateTimeOffset> ReadTimeAsync()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(Process.HttpAddress);
        return response.Headers.Date ?? throw new InvalidOperationException("The broker does not say what time it is.");
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await S3.DisposeAsync();
        if (Etcd is not null)
        {
            await Etcd.DisposeAsync();
        }

        Clock?.Dispose();
    }
}
