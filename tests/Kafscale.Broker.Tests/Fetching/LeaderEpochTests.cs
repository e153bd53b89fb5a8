using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Fetching;

public sealed class LeaderEpochTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_every_epoch_is_known_over_restarts_and_merges(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "1000000"));
        await broker.MustProduceAsync("orders", "epoch 0", "epoch 0");
        broker = await cluster.CrashAndRestartAsync(broker);
        await broker.MustProduceAsync("orders", "epoch 1");

        // Epoch 2 has no records.
        broker = await cluster.CrashAndRestartAsync(broker);
        broker = await cluster.CrashAndRestartAsync(broker);
        await broker.MustProduceAsync("orders", "epoch 3");
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 4);
        }

        Assert.Equal((0, 2L), await EndAsync(broker, 0));
        Assert.Equal((1, 3L), await EndAsync(broker, 1));
        Assert.Equal((1, 3L), await EndAsync(broker, 2));
        Assert.Equal((3, 4L), await EndAsync(broker, 3));
        Assert.Equal((-1, -1L), await EndAsync(broker, 4));
    }

    [Fact]
    public async Task An_epoch_whose_records_are_gone_ends_where_the_next_one_begins()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("retention.bytes", "0"));
        await broker.MustProduceAsync("orders", "a", "b");
        await TestBroker.UntilAsync(() => broker.Log("orders").LogStartOffset == 2);

        broker = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal((0, 2L), await EndAsync(broker, 0));
    }

    [Fact]
    public async Task A_client_that_knows_an_old_or_a_future_leader_is_told()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await broker.EpochEndAsync("orders", 0, 0, currentEpoch: 0)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await broker.EpochEndAsync("orders", 0, 0, currentEpoch: 2)).ErrorCode);
    }

    private static async Task<(int Epoch, long EndOffset)> EndAsync(TestBroker broker, int epoch)
    {
        var end = await broker.EpochEndAsync("orders", 0, epoch);
        Assert.Equal(ErrorCode.None, end.ErrorCode);
        return (end.LeaderEpoch, end.EndOffset);
    }
}
