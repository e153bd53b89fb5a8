using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class IdempotenceTests
{
    [Fact]
    public async Task A_retry_of_a_committed_batch_gets_its_first_offset_and_is_not_stored_again()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "other");
        Assert.Equal(1, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a", "b")));

        Assert.Equal(1, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a", "b")));

        Assert.Equal(["other", "a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_retry_of_a_batch_that_is_still_on_its_way_waits_for_the_first_one()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var block = broker.Faults.Block(StoreOperation.MetadataCommit, "/commits/");
        var first = broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await block.Reached;

        var retry = broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        Assert.False(retry.IsCompleted);
        block.Release();

        Assert.Equal(0, (await retry).BaseOffset);
        Assert.Equal(ErrorCode.None, (await retry).ErrorCode);
        Assert.Equal(ErrorCode.None, (await first).ErrorCode);
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Each_of_the_last_five_batches_is_recognised_and_an_older_one_is_refused()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        for (var i = 0; i < 8; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, i, $"{i}"));
        }

        for (var i = 3; i < 8; i++)
        {
            Assert.Equal(i, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, i, $"{i}")));
        }

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 2, "2"))).ErrorCode);
        Assert.Equal(8, broker.Log("orders").HighWatermark);
    }

    [Fact]
    public async Task A_gap_in_the_sequence_is_refused()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 2, "c"))).ErrorCode);
    }

    [Fact]
    public async Task A_newer_epoch_begins_at_sequence_0_and_fences_the_older()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 1, 1, "x"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 1, 0, "b"));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "x"))).ErrorCode);

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task After_the_largest_sequence_number_comes_0()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, int.MaxValue - 1, "a", "b", "c"));

        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "d"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, int.MaxValue - 1, "a", "b", "c"));

        Assert.Equal(["a", "b", "c", "d"], await broker.ReadValuesAsync("orders"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_retry_is_recognised_after_a_crash_before_and_after_merging(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "1000000"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 3, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 3, 1, "b"));
        if (isMerged)
        {
            await TestBroker.UntilAsync(async () => broker.Log("orders").MergedThroughOffset == 2 && (await cluster.WalObjectsAsync()).Count == 0);
        }

        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(0, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 3, 0, "a")));
        Assert.Equal(1, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 3, 1, "b")));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await next.ProduceAsync("orders", 0, Batches.Idempotent(1, 2, 2, "x"))).ErrorCode);
        await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 3, 2, "c"));

        Assert.Equal(["a", "b", "c"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_pipeline_of_five_batches_in_one_flush_is_stored_in_order()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var pipeline = Enumerable.Range(0, 5).Select(i => broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, i, $"{i}"))).ToList();
        await block.Reached;
        block.Release();

        Assert.All(await Task.WhenAll(pipeline), response => Assert.Equal(ErrorCode.None, response.ErrorCode));
        Assert.Equal(["0", "1", "2", "3", "4"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_batch_that_came_before_its_producer_could_be_looked_up_still_comes_before_the_next_one()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        var next = await cluster.CrashAndRestartAsync(broker);
        next.Faults.FailBefore(StoreOperation.ObjectRead, "/manifest/");

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await next.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "b"))).ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await next.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "c"))).ErrorCode);
        Assert.Equal(1, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "b")));
        Assert.Equal(2, await next.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "c")));
    }

    [Fact]
    public async Task Many_requests_at_once_after_a_start_look_the_producers_up_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        await broker.StopAsync();
        var next = await cluster.StartAsync();
        var block = next.Faults.Block(StoreOperation.ObjectRead, "/manifest/");

        var produces = Enumerable.Range(0, 5).Select(_ => next.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"))).ToList();
        await block.Reached;
        block.Release();

        Assert.All(await Task.WhenAll(produces), produced => Assert.Equal((ErrorCode.None, 0), (produced.ErrorCode, produced.BaseOffset)));
        Assert.Equal(1, next.Faults.Count(StoreOperation.ObjectRead, "/manifest/"));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(86_400_000, true)]
    public async Task Producers_expire_by_when_they_wrote_and_not_by_the_timestamps_of_their_records(int expirationMs, bool isRemembered)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with
        {
            Maintenance = options.Maintenance with { ProducerExpiration = TimeSpan.FromMilliseconds(expirationMs) },
        });
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "1"));

        // Its timestamp lies years back.
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        await broker.MustProduceAsync("orders", "b");
        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);

        Assert.Equal(isRemembered, (await broker.ManifestAsync("orders"))!.Producers.Count > 0);
    }
}
