using Kafscale.Broker.Control;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata.Etcd;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>What a partition that nobody uses takes of a broker's memory.</summary>
[Collection(nameof(AloneCollection))]
public sealed class IdlePartitionMemoryTests(ITestOutputHelper output)
{
    private const int Partitions = 10_000;
    private const int MaxBytesPerPartition = 4 * 1024;
    private static readonly TimeSpan LoadInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ManyRounds = 5 * LoadInterval;

    [Fact]
    public Task An_idle_partition_takes_less_than_four_kibibytes_of_its_leader() => MeasureAsync(brokers: 1, topics: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task An_idle_partition_takes_less_than_four_kibibytes_of_each_of_three_brokers() => MeasureAsync(brokers: 3, topics: 10);

    private async Task MeasureAsync(int brokers, int topics)
    {
        await using var etcd = await EtcdCluster.StartAsync();
        // So that what is remembered is in etcd, and not in this process.
        var options = new EtcdOptions { Endpoints = etcd.Endpoints };
        await using var cluster = new TestCluster(metadata: await EtcdMetadataStore.ConnectAsync(options, TimeProvider.System, new Random(1), TestCluster.Cancelled));
        cluster.Options = cluster.Options with { Controller = new ControllerOptions { LoadInterval = LoadInterval } };
        for (var id = 1; id <= brokers; id++)
        {
            await cluster.StartLeaderAsync(id);
        }

        await cluster.CreateTopicAsync("warm", 3);

        // What earlier tests have left goes in its own time, and then a round seems to take less.
        var perPartition = Math.Max(
            await MeasureAsync(cluster, topics, "first") / Partitions / brokers, await MeasureAsync(cluster, topics, "second") / Partitions / brokers);

        output.WriteLine($"{perPartition} bytes per partition, {brokers} brokers, {topics} topics");
        Assert.True(perPartition < MaxBytesPerPartition, $"A partition takes {perPartition} bytes.");
    }

    private static async Task<long> MeasureAsync(TestCluster cluster, int topics, string round)
    {
        var before = await LiveBytesAsync(cluster);
        for (var topic = 0; topic < topics; topic++)
        {
            await cluster.CreateTopicAsync($"{round}-topic-of-many-partitions-{topic}", Partitions / topics);
        }

        return await LiveBytesAsync(cluster) - before;
    }

    // When everything that looks after partitions has looked at all of them.
    private static async Task<long> LiveBytesAsync(TestCluster cluster)
    {
        foreach (var broker in cluster.Brokers)
        {
            await broker.SendAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 12);
        }

        await Task.Delay(ManyRounds, TestCluster.Cancelled);
        foreach (var broker in cluster.Brokers)
        {
            broker.Faults.ForgetCounts();
        }

        var bytes = CollectGarbage();
        await Eventually.HoldsAsync(
            async () =>
            {
                await Task.Delay(LoadInterval, TestCluster.Cancelled);
                var before = bytes;
                bytes = CollectGarbage();
                return Math.Abs(before - bytes) < Partitions * MaxBytesPerPartition / 100;
            },
            TestBroker.Patience,
            "the heap has settled");
        return bytes;
    }

    private static long CollectGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
