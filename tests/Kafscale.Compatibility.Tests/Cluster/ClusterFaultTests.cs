using System.Diagnostics;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>What clients of a cluster were told holds, whatever happens to one of its brokers or to the stores.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ClusterFaultTests(SharedRadosGateway gateway, ITestOutputHelper output) : IAsyncLifetime
{
    // The time that the issue of fail-over gives beyond the lease.
    private static readonly TimeSpan MaxFailoverBeyondLease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongerThanLease = BrokerCluster.Lease + TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private BrokerCluster? _cluster;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is null)
        {
            return;
        }

        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            foreach (var broker in _cluster.Brokers)
            {
                output.WriteLine($"broker {broker.Id}:\n{broker.Process.Output}");
            }
        }

        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_killed_broker_is_replaced_within_its_lease_and_a_second_and_nothing_is_lost()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var topic = await cluster.CreateTopicAsync(partitions: 6);
        var leaders = await cluster.LeadersAsync(topic);
        var victim = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);
        using var probe = await FailoverProbe.StartAsync(
            cluster.BootstrapServers, topic, leaders.Where(leader => leader.Value == victim.Id).Select(leader => leader.Key));

        var killed = Stopwatch.GetTimestamp();
        await victim.Process.KillAsync();
        var durations = await probe.MeasureAsync(killed);
        Report("kill to acknowledgement", durations);
        await load.WaitForProgressAsync();
        await victim.Process.StartAsync();
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
        Assert.True(durations[^1] < BrokerCluster.Lease + MaxFailoverBeyondLease, $"The last partition was without a leader for {durations[^1]}.");
    }

    [Fact]
    public async Task A_broker_that_is_stopped_hands_over_and_nothing_is_lost()
    {
        var cluster = await StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster);
        var stopped = await cluster.LeaderOfAsync(load.TopicNames[0], partition: 0);

        var exitCode = await stopped.Process.StopAsync();
        await load.WaitForProgressAsync();
        await stopped.Process.StartAsync();
        await load.WaitForProgressAsync();

        Assert.Equal(0, exitCode);
        await load.AssertNothingIsLostAsync();
    }

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

    private async Task<BrokerCluster> StartAsync(int etcdMembers = 1) =>
        _cluster = await BrokerCluster.StartAsync(await gateway.GetAsync(), etcdMembers);

    private void Report(string what, IReadOnlyList<TimeSpan> durations) =>
        output.WriteLine($"{what}, {durations.Count} partitions: first {durations[0].TotalMilliseconds:F0} ms, last {durations[^1].TotalMilliseconds:F0} ms");
}
