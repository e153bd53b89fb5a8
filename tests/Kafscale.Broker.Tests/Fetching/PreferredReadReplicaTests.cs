using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Fetching;

/// <summary>KIP-392: a broker that leads, in no rack or in "near", and one in "far" that only reads.</summary>
public sealed class PreferredReadReplicaTests
{
    private const int None = -1;

    [Fact]
    public async Task A_consumer_is_sent_to_the_reading_broker_of_its_rack_at_once_and_without_records()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        await leader.MustProduceAsync("orders", "a");
        foreach (var offset in (long[])[0, 1])
        {
            var fetched = await FetchAsync(leader, "far", offset, maxWaitMs: 20_000);
            Assert.Equal((ErrorCode.None, 2, 0), (fetched.Error, fetched.PreferredReadReplica, fetched.Length));
            Assert.Equal(1, fetched.HighWatermark);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("elsewhere")]
    [InlineData("near")]
    public async Task A_consumer_of_no_rack_or_another_one_stays_with_the_leader(string rack)
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        await leader.MustProduceAsync("orders", "a");
        var fetched = await FetchAsync(leader, rack, 0);
        Assert.Equal((None, "a"), (fetched.PreferredReadReplica, Assert.Single(fetched.Records).Value));
    }

    [Fact]
    public async Task A_consumer_of_the_leader_s_own_rack_stays_also_where_there_is_a_reading_broker()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster, leaderRack: "far");
        await leader.MustProduceAsync("orders", "a");
        Assert.Equal(None, (await FetchAsync(leader, "far", 0)).PreferredReadReplica);
    }

    [Fact]
    public async Task The_reading_broker_keeps_those_who_come_to_it()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        var reader = await cluster.StartReaderAsync(brokerId: 3, rack: "farther");
        await leader.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => reader.Node.Services.Cluster.TryGetPartition("orders", 0, out var log) && log.HighWatermark == 1);
        Assert.Equal((None, 1), ((await FetchAsync(reader, "far", 0)).PreferredReadReplica, (await FetchAsync(reader, "far", 0)).Records.Count));
    }

    [Fact]
    public async Task A_version_that_can_not_say_it_gets_records()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        await leader.MustProduceAsync("orders", "a");
        var fetched = await FetchAsync(leader, "far", 0, version: 10);
        Assert.Equal((None, 1), (fetched.PreferredReadReplica, fetched.Records.Count));
    }

    [Fact]
    public async Task An_error_comes_first()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        var fetched = await FetchAsync(leader, "far", 5);
        Assert.Equal((ErrorCode.OffsetOutOfRange, None), (fetched.Error, fetched.PreferredReadReplica));
    }

    [Fact]
    public async Task When_the_reading_broker_is_gone_the_leader_serves_again()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        await leader.MustProduceAsync("orders", "a");
        Assert.Equal(2, (await FetchAsync(leader, "far", 0)).PreferredReadReplica);
        await cluster.Brokers.Single(broker => !broker.Leads).DisposeAsync();
        await TestBroker.UntilAsync(() => !leader.Node.Services.Cluster.Brokers.ContainsKey(2));
        Assert.Equal((None, 1), ((await FetchAsync(leader, "far", 0)).PreferredReadReplica, (await FetchAsync(leader, "far", 0)).Records.Count));
    }

    [Fact]
    public async Task Several_reading_brokers_of_a_rack_share_the_partitions_and_each_partition_keeps_its_own()
    {
        const int Partitions = 32;
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster, partitions: Partitions);
        await cluster.StartReaderAsync(brokerId: 3);
        await TestBroker.UntilAsync(() => leader.Node.Services.Cluster.Brokers.Count == 3);
        var first = await PreferredAsync();
        Assert.Equal([2, 3], first.Distinct().Order());
        Assert.Equal(first, await PreferredAsync());

        async Task<List<int>> PreferredAsync()
        {
            var request = Fetches.Of(1024, [.. Enumerable.Range(0, Partitions).Select(partition => ("orders", partition, 0L))]);
            request.RackId = "far";
            return [.. (await leader.FetchAsync(request)).Partitions.Select(partition => partition.PreferredReadReplica)];
        }
    }

    [Fact]
    public async Task Where_a_rack_has_no_broker_for_reading_one_that_leads_others_serves_its_consumers()
    {
        await using var cluster = new TestCluster();
        var near = await cluster.StartLeaderAsync(1, "near");
        var far = await cluster.StartLeaderAsync(2, "far");
        await cluster.CreateTopicAsync("orders", 2);
        var partition = near.Log("orders", 0).Appender is not null ? 0 : 1;
        await near.MustProduceAsync("orders", partition, Batches.Of("a"));
        var request = Fetches.Of(1024, ("orders", partition, 0));
        request.RackId = "far";

        Assert.Equal(2, Assert.Single((await near.FetchAsync(request)).Partitions).PreferredReadReplica);
        await TestBroker.UntilAsync(() => far.Log("orders", partition).HighWatermark == 1);
        Assert.Single(Assert.Single((await far.FetchAsync(request)).Partitions).Records);
        Assert.Equal([1, 2], new PartitionDescriber(near.Node.Services.Cluster).Describe(near.Log("orders", partition)).Replicas);
    }

    [Fact]
    public async Task A_fetch_session_tells_it_whenever_it_is_asked()
    {
        await using var cluster = new TestCluster();
        var leader = await StartAsync(cluster);
        var request = Fetches.Of(1024, ("orders", 0, 0));
        request.RackId = "far";
        request.SessionEpoch = 0;
        var opened = await leader.FetchAsync(request);
        var incremental = new FetchRequest { SessionId = opened.SessionId, SessionEpoch = 1, MaxBytes = 1024, MinBytes = 1, RackId = "far" };
        Assert.Equal(2, Assert.Single((await leader.FetchAsync(incremental)).Partitions).PreferredReadReplica);
    }

    private static async Task<TestBroker> StartAsync(TestCluster cluster, string leaderRack = "near", int partitions = 1)
    {
        var leader = await cluster.StartAsync(with: options => options with { Rack = leaderRack });
        await cluster.StartReaderAsync();
        await cluster.CreateTopicAsync("orders", partitions);
        await TestBroker.UntilAsync(() => leader.Node.Services.Cluster.Brokers.ContainsKey(2));
        return leader;
    }

    private static async Task<FetchedPartition> FetchAsync(TestBroker broker, string rack, long offset, int maxWaitMs = 0, short version = 12)
    {
        var request = Fetches.Waiting(maxWaitMs, 1, ("orders", 0, offset));
        request.RackId = rack;
        return Assert.Single((await broker.FetchAsync(request, version)).Partitions);
    }
}
