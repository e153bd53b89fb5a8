using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Etcd;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Operator.Tests.EndToEnd;

/// <summary>What the operator's restore does where the attempt before was killed: the command of its Job, on a real etcd with what a real attempt has left.</summary>
public sealed class KilledRebuildTests
{
    private const string Topic = "orders";

    // A rebuild writes them with many transactions. Each has a record, so that all are known without the copy of the metadata, which may be older than they are.
    private const int Partitions = 2_000;
    private const int MaxAttempts = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly MetadataKeys Keys = new("/kafscale/default");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metadata_of_which_an_attempt_has_left_a_part_are_made_anew_and_whole()
    {
        using var folder = new TemporaryFolder();
        await using var etcd = await EtcdCluster.StartAsync();
        string[] stores = ["--etcd-endpoints", etcd.Endpoints[0].OriginalString, "--object-store", $"file:{folder.File("records")}"];
        await using var broker = await BrokerProcess.StartBrokerAsync([.. stores, "--session-lease-ttl-ms", "4000", "--flush-interval-ms", "10", "--log-level", "warn"]);
        await ProduceAsync(broker);
        Assert.Equal(0, await broker.StopAsync());
        await etcd.Members[0].StartAnewAsync(null);

        var left = await KillHalfwayAsync(etcd, stores);
        Assert.InRange(left, 1, Partitions);
        var (refused, reason) = await RunAsync("rebuild", stores);
        Assert.Equal(1, refused);
        Assert.Contains("is not empty", reason, StringComparison.Ordinal);
        // Killed once more, now over the leftovers of the first.
        await KillHalfwayAsync(etcd, [.. stores, "--discard-unfinished"]);
        var (exitCode, output) = await RunAsync("rebuild", [.. stores, "--discard-unfinished"]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = await RunAsync("verify", stores);
        Assert.True(exitCode == 0, output);
        // Whole metadata are never taken for leftovers.
        Assert.Equal(1, (await RunAsync("rebuild", [.. stores, "--discard-unfinished"])).ExitCode);

        Assert.Equal(Partitions, await CountAsync(etcd, Keys.Partitions));
        await broker.StartAsync();
        Assert.Equal(Enumerable.Range(0, Partitions), Read(broker).Order());
    }

    // Until one was killed after it had begun to write, and before it was through.
    private static async Task<int> KillHalfwayAsync(EtcdCluster etcd, string[] arguments)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            await using (var store = await ConnectAsync(etcd))
            {
                var revision = (await store.RangeAsync(KeyRange.Key(Keys.Cluster), 1, 0, Token)).Revision;
                await using var process = RunningProcess.Start(BrokerProcess.Executable, ["storage", "rebuild", .. arguments, "--log-level", "warn"]);
                await foreach (var batch in store.WatchAsync(Keys.Partitions, revision + 1, Token))
                {
                    if (batch.Changes.Any(change => change.Entry is not null))
                    {
                        break;
                    }
                }

                process.Send(Signal.Kill);
                await process.WaitForExitAsync(Patience);
            }

            if (await CountAsync(etcd, Keys.Cluster) == 0)
            {
                return await CountAsync(etcd, Keys.Partitions);
            }

            // It was faster than its killer.
            await etcd.Members[0].StartAnewAsync(null);
        }

        throw new InvalidOperationException("No attempt was killed halfway.");
    }

    private static Task<EtcdMetadataStore> ConnectAsync(EtcdCluster etcd) =>
        EtcdMetadataStore.ConnectAsync(new EtcdOptions { Endpoints = etcd.Endpoints }, TimeProvider.System, new Random(1), Token);

    private static async Task<int> CountAsync(EtcdCluster etcd, string prefix)
    {
        await using var store = await ConnectAsync(etcd);
        return (await store.RangeAsync(KeyRange.Prefix(prefix), 0, 0, Token)).Entries.Count;
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string command, string[] arguments) =>
        RunningProcess.RunAsync(BrokerProcess.Executable, ["storage", command, .. arguments, "--log-level", "warn"], Patience);

    private static async Task ProduceAsync(BrokerProcess broker)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }],
            new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        using var producer = new ProducerBuilder<Null, int>(new ProducerConfig { BootstrapServers = broker.BootstrapServers, EnableIdempotence = true, MessageTimeoutMs = 60_000, LingerMs = 20 }).Build();
        await Task.WhenAll(Enumerable.Range(0, Partitions).Select(number =>
            producer.ProduceAsync(new TopicPartition(Topic, number), new Message<Null, int> { Value = number })));
    }

    private static List<int> Read(BrokerProcess broker)
    {
        using var consumer = new ConsumerBuilder<Ignore, int>(new ConsumerConfig { BootstrapServers = broker.BootstrapServers, GroupId = "reader" }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, Offset.Beginning)));
        var found = new List<int>();
        while (found.Count < Partitions && consumer.Consume(Patience) is { } record)
        {
            found.Add(record.Message.Value);
        }

        return found;
    }
}
