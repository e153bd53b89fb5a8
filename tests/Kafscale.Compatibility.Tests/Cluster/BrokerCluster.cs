using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Three broker processes over a real etcd and a bucket of a real S3 server.</summary>
internal sealed class BrokerCluster : IAsyncDisposable
{
    public const int BrokerCount = 3;

    /// <summary>The session of a broker that is not heard of ends after this.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private BrokerCluster(EtcdCluster etcd, S3Options bucket, IReadOnlyList<ClusterBroker> brokers)
    {
        Etcd = etcd;
        Bucket = bucket;
        Brokers = brokers;
    }

    public EtcdCluster Etcd { get; }

    public S3Options Bucket { get; }

    public IReadOnlyList<ClusterBroker> Brokers { get; }

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.Process.BootstrapServers));

    /// <summary>Starts etcd and the brokers, and waits until all are ready.</summary>
    /// <param name="gateway">Where their bucket is.</param>
    /// <param name="etcdOptions">Where etcd has one member, there is a proxy between it and each broker.</param>
    /// <param name="haveClocks">Whether each broker has a wall clock of its own, which can jump.</param>
    public static async Task<BrokerCluster> StartAsync(RadosGateway gateway, EtcdClusterOptions? etcdOptions = null, bool haveClocks = false)
    {
        var bucket = await gateway.CreateBucketAsync();
        var etcd = await EtcdCluster.StartAsync(etcdOptions ?? new EtcdClusterOptions());
        Task<ClusterBroker>[] starting =
            [.. Enumerable.Range(1, BrokerCount).Select(id => ClusterBroker.StartAsync(id, etcd.Endpoints, bucket, Lease, haveClocks ? new JumpingClock() : null))];
        try
        {
            return new BrokerCluster(etcd, bucket, await Task.WhenAll(starting));
        }
        catch
        {
            foreach (var started in starting.Where(start => start.IsCompletedSuccessfully))
            {
                await (await started).DisposeAsync();
            }

            await etcd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a topic, and waits until each broker leads some of it.</summary>
    public async Task<string> CreateTopicAsync(int partitions)
    {
        var topic = $"cluster-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(BootstrapServers, topic, partitions, new Dictionary<string, string>());
        using var admin = ConfluentClient.Admin(BootstrapServers);
        await Eventually.HoldsAsync(
            async () => (await LeadersAsync(admin, topic)).Values.Distinct().Count() == BrokerCount, Patience, "each broker leads a partition");
        return topic;
    }

    /// <summary>The broker that leads each partition; -1: none.</summary>
    public async Task<IReadOnlyDictionary<int, int>> LeadersAsync(string topic)
    {
        using var admin = ConfluentClient.Admin(BootstrapServers);
        return await LeadersAsync(admin, topic);
    }

    /// <summary>The broker that leads a partition.</summary>
    public async Task<ClusterBroker> LeaderOfAsync(string topic, int partition)
    {
        var leader = (await LeadersAsync(topic))[partition];
        return Brokers.First(broker => broker.Id == leader);
    }

    /// <summary>Ends everything; where the test has failed, tells what the brokers have said.</summary>
    public async ValueTask DisposeAsync(ITestOutputHelper output)
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            foreach (var broker in Brokers)
            {
                output.WriteLine($"broker {broker.Id}:\n{broker.Process.Output}");
            }
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        await Etcd.DisposeAsync();
    }

    private static async Task<IReadOnlyDictionary<int, int>> LeadersAsync(IAdminClient admin, string topic)
    {
        var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        return described.TopicDescriptions[0].Partitions.ToDictionary(partition => partition.Partition, partition => partition.Leader?.Id ?? -1);
    }
}
