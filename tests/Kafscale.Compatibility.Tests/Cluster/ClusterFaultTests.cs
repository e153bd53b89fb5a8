using System.Diagnostics;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>What clients of a cluster were told holds, whatever happens to one of its brokers or to the stores.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ClusterFaultTests(SharedRadosGateway gateway, ITestOutputHelper output) : IAsyncLifetime
{
    // The time that the issue of fail-over gives beyond the lease.
    private static readonly TimeSpan MaxFailoverBeyondLease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongerThanLease = BrokerCluster.Lease + TimeSpan.FromSeconds(2);

    // Where etcd logs warnings; with twice as much a lease of three seconds is hardly kept.
    private static readonly TimeSpan SlowFlush = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan MaxHandOver = TimeSpan.FromMilliseconds(500);

    // Where other tests may keep the machine busy.
    private static readonly TimeSpan MaxHandOverOnBusyMachine = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ClockPatience = TimeSpan.FromSeconds(20);

    private BrokerCluster? _cluster;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _cluster is null ? ValueTask.CompletedTask : _cluster.DisposeAsync(output);

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_killed_broker_is_replaced_within_its_lease_and_a_second_and_nothing_is_lost()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var victim = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);
        using var probe = await FailoverProbe.StartAsync(cluster, victim, partitions: 6);

        var duration = TimeSpan.Zero;
        var worst = await probe.MeasureWorstAsync(async () => duration = await probe.MeasureTakeOverAsync(cluster, victim));
        output.WriteLine($"from the kill to acknowledgements on all partitions: {duration.TotalMilliseconds:F0} ms, of a client: {worst.TotalMilliseconds:F0} ms");
        await load.WaitForProgressAsync();
        await victim.Process.StartAsync();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
        Assert.True(duration < BrokerCluster.Lease + MaxFailoverBeyondLease, $"A partition was without a leader for {duration}.");
    }

    [Fact]
    public Task A_broker_that_is_stopped_hands_over_at_once_and_nothing_is_lost() => StopAndStartAsync(partitions: 30, isBusy: true, MaxHandOverOnBusyMachine);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_broker_that_is_stopped_hands_a_thousand_partitions_over_at_once() => StopAndStartAsync(partitions: 1000 * BrokerCluster.BrokerCount, isBusy: false, MaxHandOver);

    [Fact]
    public async Task A_broker_that_was_paused_for_longer_than_its_lease_writes_nothing_any_more()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var paused = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);

        paused.Process.Send(Signal.Stop);
        await Task.Delay(LongerThanLease);
        await load.WaitForProgressAsync();
        paused.Process.Send(Signal.Continue);
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_broker_that_is_cut_off_from_etcd_is_replaced_and_comes_back()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var cutOff = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);

        cutOff.Etcd!.Cut();
        await Task.Delay(LongerThanLease);
        await load.WaitForProgressAsync();
        cutOff.Etcd.Mend();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_broker_that_is_cut_off_from_its_bucket_loses_nothing()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var cutOff = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);

        cutOff.S3.Cut();
        await Task.Delay(LongerThanLease);
        cutOff.S3.Mend();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Nothing_is_lost_where_the_clocks_of_brokers_jump_by_hours()
    {
        var cluster = await StartAsync(haveClocks: true);
        await using var load = await ClusterLoad.StartAsync(cluster);

        foreach (var hours in (int[])[3, -3, 0])
        {
            await JumpAsync(cluster.Brokers[0], TimeSpan.FromHours(hours));
            await JumpAsync(cluster.Brokers[1], TimeSpan.FromHours(-hours));
            await load.WaitForProgressAsync();
        }

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    public async Task While_etcd_is_away_clients_that_have_just_come_read_everything()
    {
        const int Partitions = 6;
        const int RecordsPerPartition = 20;
        var cluster = await StartAsync();
        var topic = await cluster.CreateTopicAsync(Partitions);
        var records = Enumerable.Range(0, Partitions * RecordsPerPartition).Select(i => TestRecord.Of(i % Partitions, null, $"{i}")).ToList();
        await ConfluentClient.Instance.ProduceAsync(cluster.BootstrapServers, topic, records, new ProduceOptions());
        var ends = await ConfluentClient.EndsAsync(cluster.BootstrapServers, topic);

        await cluster.Etcd.Members[0].KillAsync();
        await Task.Delay(LongerThanLease);

        foreach (var client in (KafkaClient[])[new KcatClient(), KafkaPythonTests.Client])
        {
            var read = await client.ReadAsync(cluster.BootstrapServers, topic, ReadStart.Beginning, ends);
            Assert.Equal(records.Select(record => record.Content).Order(), read.Select(record => record.Content).Order());
        }
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Nothing_is_lost_where_etcd_is_killed_and_started_again_after(int seconds)
    {
        var outage = TimeSpan.FromSeconds(seconds);
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);

        await cluster.Etcd.Members[0].KillAsync();
        await Task.Delay(outage);
        await cluster.Etcd.Members[0].StartAsync();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Nothing_is_lost_and_all_goes_on_where_the_disk_of_etcd_is_slow()
    {
        var cluster = await StartAsync(new EtcdClusterOptions { IsDurable = true, DiskDelay = SlowFlush });
        await using var load = await ClusterLoad.StartAsync(cluster);

        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Nothing_is_lost_and_all_goes_on_without_the_leading_member_of_etcd()
    {
        var cluster = await StartAsync(new EtcdClusterOptions { Members = 3 });
        await using var load = await ClusterLoad.StartAsync(cluster);
        var lost = await cluster.Etcd.FindLeaderAsync();

        await lost.KillAsync();
        await Task.Delay(LongerThanLease);
        await load.WaitForProgressAsync();
        await lost.StartAsync();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(5)]
    [InlineData(30)]
    public async Task Nothing_is_lost_where_S3_is_killed_and_started_again_after(int seconds)
    {
        var outage = TimeSpan.FromSeconds(seconds);
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var zone = (await gateway.GetAsync()).Zones[0];

        await zone.KillAsync();
        try
        {
            await Task.Delay(outage);
        }
        finally
        {
            await zone.StartAsync();
        }

        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_second_broker_with_an_id_in_use_ends_with_a_message_and_the_first_one_goes_on()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var started = Stopwatch.GetTimestamp();

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ClusterBroker.StartProcessAsync(cluster.Brokers[0].Id, cluster.Etcd.Endpoints, cluster.Bucket, BrokerCluster.Lease));
        var waited = Stopwatch.GetElapsedTime(started);
        await load.WaitForProgressAsync();

        output.WriteLine(refused.Message);
        Assert.Contains($"Broker id {cluster.Brokers[0].Id} is in use", refused.Message, StringComparison.Ordinal);
        Assert.True(waited > BrokerCluster.Lease, $"It has waited only {waited}.");
        Assert.DoesNotContain("is lost", cluster.Brokers[0].Process.Output, StringComparison.Ordinal);
        await load.AssertNothingIsLostAsync();
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task All_brokers_are_restarted_one_after_another_and_nothing_is_lost()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);

        foreach (var broker in cluster.Brokers)
        {
            Assert.Equal(0, await broker.Process.StopAsync());
            await broker.Process.StartAsync();
            await load.WaitForProgressAsync();
        }

        await load.AssertNothingIsLostAsync();
    }

    private async Task StopAndStartAsync(int partitions, bool isBusy, TimeSpan maxHandOver)
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster, isBusy);
        var stopped = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);
        using var probe = await FailoverProbe.StartAsync(cluster, stopped, partitions);

        var exitCode = -1;
        var worst = await probe.MeasureWorstAsync(async () => exitCode = await stopped.Process.StopAsync());
        output.WriteLine($"{partitions} partitions: the slowest acknowledgement around SIGTERM took {worst.TotalMilliseconds:F0} ms");
        await load.WaitForProgressAsync();
        await stopped.Process.StartAsync();
        await load.WaitForProgressAsync();

        Assert.Equal(0, exitCode);
        await load.AssertNothingIsLostAsync();
        Assert.True(worst < maxHandOver, $"An acknowledgement took {worst}.");
    }

    private static async Task JumpAsync(ClusterBroker broker, TimeSpan offset)
    {
        broker.Clock!.Set(offset);
        await Eventually.HoldsAsync(
            async () => (await broker.ReadTimeAsync() - DateTimeOffset.UtcNow - offset).Duration() < ClockTolerance,
            ClockPatience,
            $"broker {broker.Id} has its clock {offset} ahead");
    }

    private async Task<BrokerCluster> StartAsync(EtcdClusterOptions? etcdOptions = null, bool haveClocks = false) =>
        _cluster = await BrokerCluster.StartAsync(await gateway.GetAsync(), etcdOptions, haveClocks);
}
