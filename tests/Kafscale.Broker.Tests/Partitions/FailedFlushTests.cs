using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class FailedFlushTests
{
    private static readonly ArgumentException Impossible = new("The object is not possible.");

    [Fact]
    public async Task Producers_that_share_a_failed_flush_all_get_an_error_and_their_retries_are_stored_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        var held = await HoldAllUploadsAsync(broker);
        broker.Faults.FailBefore(StoreOperation.ObjectPut, exception: Impossible);
        var one = broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "one"));
        var two = broker.ProduceAsync("orders", 0, Batches.Idempotent(2, 0, 0, "two"));
        var other = broker.ProduceAsync("orders", 1, Batches.Idempotent(1, 0, 0, "other"));
        await held.ReleaseAsync();

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await one).ErrorCode);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await two).ErrorCode);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await other).ErrorCode);
        Assert.Equal(-1, (await one).BaseOffset);

        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(2, 0, 0, "two"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "one"));
        await broker.MustProduceAsync("orders", 1, Batches.Idempotent(1, 0, 0, "other"));

        Assert.Equal(["held", "held", "held", "held", "two", "one"], await broker.ReadValuesAsync("orders"));
        Assert.Equal(["other"], await broker.ReadValuesAsync("orders", 1));
    }

    [Fact]
    public async Task Everything_behind_a_failed_flush_is_taken_back_in_all_partitions_and_leaves_no_hole()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        await broker.MustProduceAsync("orders", "committed");
        var failing = broker.Faults.Block(StoreOperation.ObjectPut);
        var first = broker.ProduceAsync("orders", "lost");
        await failing.Reached;

        // These upload well, but build on the one that will fail.
        var second = broker.ProduceAsync("orders", "behind");
        var third = broker.ProduceAsync("orders", 1, Batches.Of("elsewhere"));
        await TestBroker.UntilAsync(() => broker.Faults.Count(StoreOperation.ObjectPut) >= 3);
        failing.Fail(Impossible);

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await first).ErrorCode);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await second).ErrorCode);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await third).ErrorCode);
        Assert.Equal(1, await broker.MustProduceAsync("orders", "after"));
        Assert.Equal(0, await broker.MustProduceAsync("orders", 1, Batches.Of("after")));
        Assert.Equal(["committed", "after"], await broker.ReadValuesAsync("orders"));
        var next = await cluster.CrashAndRestartAsync(broker);
        Assert.Equal(["committed", "after"], await next.ReadValuesAsync("orders"));
        Assert.Equal(["after"], await next.ReadValuesAsync("orders", 1));
        Assert.Empty(await next.ReadValuesAsync("orders", 2));
    }

    [Fact]
    public async Task After_a_roll_back_a_later_batch_of_the_pipeline_that_comes_first_is_refused_until_the_lost_one_is_sent_again()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.ObjectPut, exception: Impossible);

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"))).ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task An_upload_that_fails_is_tried_again_under_the_same_key()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.ObjectPut, "/wal/", times: 3);

        await broker.MustProduceAsync("orders", "a");

        Assert.Equal(4, broker.Faults.Count(StoreOperation.ObjectPut, "/wal/"));
        Assert.Single(await cluster.WalObjectsAsync());
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task An_upload_whose_answer_is_lost_is_stored_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailAfter(StoreOperation.ObjectPut);

        Assert.Equal(0, await broker.MustProduceAsync("orders", "a"));

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
        Assert.Single(await cluster.WalObjectsAsync());
    }

    [Fact]
    public async Task An_upload_that_the_stores_own_timeout_cuts_off_is_tried_again()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.ObjectPut, exception: new TaskCanceledException("The request timed out."));

        await broker.MustProduceAsync("orders", "a");

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_until_the_deadline_gives_a_code_that_clients_retry_and_the_retry_is_stored_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(
            with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero, UploadDeadline = TimeSpan.FromMilliseconds(200) } });
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.ObjectPut, times: int.MaxValue);

        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"))).ErrorCode);
        broker.Faults.Clear();
        await RetryUntilStoredAsync(broker, Batches.Idempotent(1, 0, 0, "a"));

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_counts_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailAfter(StoreOperation.MetadataCommit, "/commits/");

        Assert.Equal(0, await broker.MustProduceAsync("orders", "a"));
        Assert.Equal(1, await broker.MustProduceAsync("orders", "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
        Assert.Equal(2, (await cluster.MetadataUnderAsync(cluster.Keys.Commits)).Count);
    }

    [Fact]
    public async Task A_commit_that_fails_is_tried_again()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.MetadataCommit, "/commits/", times: 2);

        Assert.Equal(0, await broker.MustProduceAsync("orders", "a"));

        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_commit_that_stays_open_past_the_deadline_is_answered_as_timed_out_and_counts_once_when_it_succeeds_later()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(
            with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero, UploadDeadline = TimeSpan.FromSeconds(1) } });
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.MetadataCommit, "/commits/", times: int.MaxValue);
        var batch = Batches.Idempotent(1, 0, 0, "a");

        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.ProduceAsync("orders", 0, batch)).ErrorCode);
        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.ProduceAsync("orders", 0, batch)).ErrorCode);
        broker.Faults.Clear();
        await RetryUntilStoredAsync(broker, batch);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_producer_that_waits_for_a_flush_that_can_not_start_hears_of_it_within_the_time_that_it_gave()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(
            with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero, MaxConcurrentFlushes = 1, UploadDeadline = TimeSpan.FromMilliseconds(100) } });
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.MetadataCommit, "/commits/", times: int.MaxValue);
        await broker.ProduceAsync("orders", "in the only place");

        var waiting = await broker.ProduceAsync("orders", "waiting");
        broker.Faults.Clear();

        Assert.Equal(ErrorCode.RequestTimedOut, waiting.ErrorCode);
        await TestBroker.UntilAsync(() => broker.Log("orders").HighWatermark == 1);
    }

    private static async Task RetryUntilStoredAsync(TestBroker broker, byte[] batch) =>
        await TestBroker.UntilAsync(async () => (await broker.ProduceAsync("orders", 0, batch)).ErrorCode == ErrorCode.None);

    private static async Task<HeldUploads> HoldAllUploadsAsync(TestBroker broker)
    {
        var held = new HeldUploads();
        for (var i = 0; i < new FlusherOptions().MaxConcurrentFlushes; i++)
        {
            var block = broker.Faults.Block(StoreOperation.ObjectPut);
            held.Add(block, broker.ProduceAsync("orders", "held"));
            await block.Reached;
        }

        return held;
    }

    /// <summary>Occupies every place for an upload, so that what is appended meanwhile shares one flush.</summary>
    private sealed class HeldUploads
    {
        private readonly List<Block> _blocks = [];
        private readonly List<Task> _appends = [];

        public void Add(Block block, Task append)
        {
            _blocks.Add(block);
            _appends.Add(append);
        }

        public async Task ReleaseAsync()
        {
            _blocks.ForEach(block => block.Release());
            await Task.WhenAll(_appends);
        }
    }
}
