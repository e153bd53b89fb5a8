using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>Several brokers that lead, on the same stores.</summary>
public sealed class ManyBrokersTests
{
    [Fact]
    public async Task A_broker_that_joins_gets_its_share()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders", 6);

        var second = await cluster.StartLeaderAsync(2);
        var third = await cluster.StartLeaderAsync(3);

        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2 && LedBy(third) == 2);
    }

    [Fact]
    public async Task What_a_lost_broker_led_is_led_by_the_others_and_nothing_is_lost()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartLeaderAsync(2);
        await cluster.CreateTopicAsync("orders", 4);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);
        for (var partition = 0; partition < 4; partition++)
        {
            await LeaderOf(partition, first, second).MustProduceAsync("orders", partition, Batches.Of("before"));
        }

        first.Faults.Cut();
        await first.ExpireSessionAsync();
        await TestBroker.UntilAsync(() => LedBy(second) == 4);

        for (var partition = 0; partition < 4; partition++)
        {
            await second.MustProduceAsync("orders", partition, Batches.Of("after"));
            Assert.Equal(["before", "after"], await second.ReadValuesAsync("orders", partition));
        }
    }

    [Fact]
    public async Task A_broker_that_drains_hands_everything_over_and_takes_it_back_afterwards()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        var second = await cluster.StartLeaderAsync(2);
        await cluster.CreateTopicAsync("orders", 4);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);

        await first.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);

        Assert.Equal(0, LedBy(first));
        await TestBroker.UntilAsync(() => LedBy(second) == 4);
        await second.MustProduceAsync("orders", 0, Batches.Of("to the second"));

        await first.Node.EndDrainAsync(TestCluster.Cancelled);
        await TestBroker.UntilAsync(() => LedBy(first) == 2 && LedBy(second) == 2);
    }

    [Fact]
    public async Task A_merge_that_is_late_removes_nothing_that_the_next_leader_has_merged()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        var segment = first.Faults.Block(StoreOperation.ObjectPut, ".kfs");
        await first.MustProduceAsync("orders", "a");
        await segment.Reached;
        var second = await cluster.StartLeaderAsync(2);
        await first.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await TestBroker.UntilAsync(() => first.Log("orders").MergedThroughOffset == 1);

        segment.Release();
        await first.Node.EndDrainAsync(TestCluster.Cancelled);
        await cluster.CreateTopicAsync("later", 4, ("segment.bytes", "1"));
        await TestBroker.UntilAsync(() => Enumerable.Range(0, 4).Any(partition => first.Log("later", partition).Appender is { IsLeading: true }));
        var led = Enumerable.Range(0, 4).First(partition => first.Log("later", partition).Appender is { IsLeading: true });
        await first.MustProduceAsync("later", led, Batches.Of("b"));
        await TestBroker.UntilAsync(() => first.Log("later", led).MergedThroughOffset == 1);

        Assert.Single(await cluster.SegmentsAsync("orders"));
        Assert.Equal(["a"], await first.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task What_was_accepted_before_a_hand_over_is_acknowledged_and_what_comes_later_is_sent_elsewhere()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        var upload = first.Faults.Block(StoreOperation.ObjectPut);
        var accepted = first.ProduceAsync("orders", 0, Batches.Of("accepted"));
        await upload.Reached;
        var second = await cluster.StartLeaderAsync(2);

        var draining = first.Node.DrainAsync(TestCluster.Cancelled);
        await TestBroker.UntilAsync(() => first.Log("orders").Appender is null);
        var refused = await first.ProduceAsync("orders", 0, Batches.Of("refused"));
        upload.Release();
        await draining.WaitAsync(TestBroker.Patience);
        await TestBroker.UntilAsync(() => LedBy(second) == 1);
        await second.MustProduceAsync("orders", "next");

        Assert.Equal(ErrorCode.None, (await accepted).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, refused.ErrorCode);
        Assert.Equal(["accepted", "next"], await second.ReadValuesAsync("orders"));
    }

    private static int LedBy(TestBroker broker) => broker.Node.Services.Cluster.Topics
        .SelectMany(topic => topic.Partitions)
        .Count(log => log.Appender is { IsLeading: true });

    private static TestBroker LeaderOf(int partition, params TestBroker[] brokers) =>
        brokers.Single(broker => broker.Log("orders", partition).Appender is { IsLeading: true });
}
