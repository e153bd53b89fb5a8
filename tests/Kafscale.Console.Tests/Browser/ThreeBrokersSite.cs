using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;
using Kafscale.Testing.Rados;

namespace Kafscale.Console.Tests.Browser;

/// <summary>Three brokers with their metadata in etcd and their records in S3, <c>kafscale console</c> for them, and a browser that is signed in there.</summary>
public sealed class ThreeBrokersSite : IAsyncLifetime
{
    public const string Topic = "shipments";
    public const string MergedTopic = "archive";
    public const string Group = "warehouse";
    public const int Partitions = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private EtcdCluster? _etcd;
    private RadosGateway? _gateway;
    private ConsoleProcess? _console;

    /// <summary>The brokers, with the ids 1 to 3.</summary>
    public IReadOnlyList<BrokerProcess> Brokers { get; private set; } = [];

    public HeadlessBrowser Browser { get; private set; } = null!;

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    public async ValueTask InitializeAsync()
    {
        var etcd = EtcdCluster.StartAsync();
        var gateway = RadosGateway.StartAsync();
        (_etcd, _gateway) = (await etcd, await gateway);
        var bucket = await _gateway.CreateBucketAsync();
        Brokers = await Task.WhenAll(Enumerable.Range(1, 3).Select(id => BrokerProcess.StartBrokerAsync(
            [
                "--broker-id", $"{id}", "--etcd-endpoints", _etcd.Endpoints[0].OriginalString, "--session-lease-ttl-ms", "3000",
                "--s3-bucket", bucket.Bucket, "--s3-endpoint", bucket.Endpoint!.OriginalString, "--log-level", "warn",
            ],
            new Dictionary<string, string>
            {
                ["KAFSCALE_S3_ACCESS_KEY"] = bucket.Credentials!.AccessKey,
                ["KAFSCALE_S3_SECRET_KEY"] = bucket.Credentials.SecretKey,
                ["KAFSCALE_FLUSH_INTERVAL_MS"] = "10",
                ["KAFSCALE_GROUP_INITIAL_REBALANCE_DELAY_MS"] = "0",
            })));
        await FillAsync();
        _console = await ConsoleProcess.StartAsync(BootstrapServers, Brokers.Select(broker => broker.HttpAddress));
        Browser = await HeadlessBrowser.StartAsync(_console.Address);
        await Browser.SignInAsync(ConsoleProcess.SignInAsync);
    }

    /// <summary>Has a group commit an offset of every partition of <see cref="Topic"/>.</summary>
    public async Task CommitAsync(string group, long offset)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        await admin.AlterConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitionOffsets(group, [.. Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, offset))])]);
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
        {
            await Browser.DisposeAsync();
        }

        if (_console is not null)
        {
            Directory.CreateDirectory(DevSite.Screenshots);
            await File.WriteAllTextAsync(Path.Combine(DevSite.Screenshots, "three-console.log"), _console.Output);
            await _console.DisposeAsync();
        }

        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_etcd?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private async Task FillAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        await admin.CreateTopicsAsync(
            [
                new TopicSpecification { Name = Topic, NumPartitions = Partitions },
                new TopicSpecification { Name = MergedTopic, NumPartitions = 1, Configs = new() { ["segment.bytes"] = "1048576" } },
            ],
            new CreateTopicsOptions { OperationTimeout = Patience, RequestTimeout = Patience });
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = BootstrapServers, LingerMs = 5 }).Build();
        for (var i = 0; i < 600; i++)
        {
            producer.Produce(new TopicPartition(Topic, i % Partitions), new Message<Null, string> { Value = $$"""{"shipment":{{i}},"note":"{{new string('x', 1000)}}"}""" });
            if (i % 100 == 99)
            {
                producer.Flush(Patience);
            }
        }

        // Some ten segments, and slices behind them.
        for (var i = 0; i < 170; i++)
        {
            producer.Produce(new TopicPartition(MergedTopic, 0), new Message<Null, string> { Value = new string('x', 64 << 10) });
            if (i % 5 == 4)
            {
                producer.Flush(Patience);
            }
        }

        await CommitAsync(Group, 40);
    }
}
