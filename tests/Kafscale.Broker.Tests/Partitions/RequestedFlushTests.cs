using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class RequestedFlushTests
{
    [Fact]
    public async Task A_flush_that_is_asked_for_does_not_wait_for_the_interval_and_ends_once_everything_is_committed()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: RareFlushes);
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "first");
        var upload = broker.Faults.Block(StoreOperation.ObjectPut);
        var producing = broker.ProduceAsync("orders", "second");
        await TestBroker.UntilAsync(() => broker.Node.Services.AppendBuffer.UsedBytes > 0);

        var flushing = broker.Node.FlushAsync(TestCluster.Cancelled);
        await upload.Reached.WaitAsync(TestBroker.Patience);
        var again = broker.Node.FlushAsync(TestCluster.Cancelled);
        Assert.False(flushing.IsCompleted);
        Assert.False(again.IsCompleted);
        upload.Release();

        Assert.True(await flushing.WaitAsync(TestBroker.Patience));
        Assert.True(await again.WaitAsync(TestBroker.Patience));
        Assert.Equal(0, broker.Node.Services.AppendBuffer.UsedBytes);
        Assert.Equal(ErrorCode.None, (await producing).ErrorCode);
    }

    [Fact]
    public async Task A_flush_with_nothing_to_commit_ends_at_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: RareFlushes);

        Assert.True(await broker.Node.FlushAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience));
    }

    [Fact]
    public async Task A_flush_tells_that_its_records_could_not_be_committed()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: RareFlushes);
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "first");
        broker.Faults.FailBefore(StoreOperation.ObjectPut, exception: new ArgumentException("The object is not possible."));
        var producing = broker.ProduceAsync("orders", "second");
        await TestBroker.UntilAsync(() => broker.Node.Services.AppendBuffer.UsedBytes > 0);

        Assert.False(await broker.Node.FlushAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience));
        Assert.NotEqual(ErrorCode.None, (await producing).ErrorCode);
    }

    // The first flush leaves at once, the next ones only where they are asked for.
    private static BrokerOptions RareFlushes(BrokerOptions options) =>
        options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromMinutes(10), UploadDeadline = TimeSpan.FromMinutes(20) } };
}
