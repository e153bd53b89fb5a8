using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Storage.Health;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Health;

public sealed class FetchBackpressureTests
{
    private const int Long = 30_000;

    [Theory]
    [InlineData(ObjectStoreHealthState.Degraded)]
    [InlineData(ObjectStoreHealthState.Unavailable)]
    public async Task A_fetch_is_refused_without_a_request_to_the_store_and_learns_where_the_log_ends(ObjectStoreHealthState state)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        broker.Faults.ForgetCounts();
        broker.Health.Become(state);

        var refused = await broker.FetchAsync("orders", 0, 0);

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Empty(refused.Records);
        Assert.Equal(1, refused.HighWatermark);
        Assert.Equal(0, broker.Faults.Count(StoreOperation.ObjectRead));
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_told_all_the_same()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        Assert.Equal(ErrorCode.OffsetOutOfRange, (await broker.FetchAsync("orders", 0, 7)).Error);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.FetchAsync("orders", 7, 0)).Error);
    }

    [Fact]
    public async Task The_answer_to_a_refused_fetch_is_held_for_half_a_second_so_that_consumers_do_not_spin()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        var refused = broker.FetchAsync(Fetches.Waiting(Long, 1, ("orders", 0, 0)));
        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(refused.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single((await refused).Partitions).Error);
    }

    [Fact]
    public async Task A_held_answer_is_let_go_when_the_store_is_healthy_again()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        var refused = broker.FetchAsync(Fetches.Waiting(Long, 1, ("orders", 0, 0)));

        broker.Health.Become(ObjectStoreHealthState.Healthy);

        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single((await refused).Partitions).Error);
    }

    [Fact]
    public async Task A_fetch_that_waits_when_the_store_fails_ends_with_what_there_is()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await broker.MustProduceAsync("orders", "a");
        var waiting = broker.FetchAsync(Fetches.Waiting(Long, 1_000, ("orders", 0, 0), ("orders", 1, 0)));

        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        var answer = await waiting;
        Assert.All(answer.Partitions, partition => Assert.Equal(ErrorCode.None, partition.Error));
        Assert.Equal("a", Assert.Single(answer.Partitions[0].Records).Value);
        Assert.Empty(answer.Partitions[1].Records);
    }

    [Fact]
    public async Task A_fetch_whose_read_hangs_is_let_go_when_the_store_fails()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await first.MustProduceAsync("orders", "a");
        var broker = await cluster.CrashAndRestartAsync(first);
        var read = broker.Faults.Block(StoreOperation.ObjectRead);
        var fetched = broker.FetchAsync("orders", 0, 0);
        await read.Reached;

        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        Assert.Equal(ErrorCode.KafkaStorageError, (await fetched).Error);
        read.Release();
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task With_the_option_fetches_pass_that_the_cache_answers_and_only_these()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        await first.MustProduceAsync("orders", 0, Batches.Of("old"));
        var broker = await cluster.CrashAndRestartAsync(first, options => options with { LetsCachedFetchesPass = true });
        await broker.MustProduceAsync("orders", 1, Batches.Of("new"));
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        broker.Faults.ForgetCounts();

        var answer = await broker.FetchAsync(Fetches.Of(1_000_000, ("orders", 0, 0), ("orders", 1, 0), ("orders", 2, 0)));

        Assert.Equal([ErrorCode.KafkaStorageError, ErrorCode.None, ErrorCode.None], answer.Partitions.Select(partition => partition.Error));
        Assert.Equal("new", Assert.Single(answer.Partitions[1].Records).Value);
        Assert.Equal(0, broker.Faults.Count(StoreOperation.ObjectRead));
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(["old"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task With_the_option_a_consumer_that_has_read_everything_waits_as_ever()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { LetsCachedFetchesPass = true });
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        broker.Health.Become(ObjectStoreHealthState.Degraded);

        var answer = await broker.FetchAsync(Fetches.Waiting(50, 1, ("orders", 0, 1)));

        var caughtUp = Assert.Single(answer.Partitions);
        Assert.Equal(ErrorCode.None, caughtUp.Error);
        Assert.Empty(caughtUp.Records);
    }

    [Fact]
    public async Task A_fetch_session_goes_on_after_the_trouble()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0)));
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        var refused = await broker.FetchAsync(InSession(opened.SessionId, 1));
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        await broker.MustProduceAsync("orders", "a");
        var news = await broker.FetchAsync(InSession(opened.SessionId, 2));

        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single(refused.Partitions).Error);
        Assert.Equal("a", Assert.Single(Assert.Single(news.Partitions).Records).Value);
    }

    private static Protocol.Messages.FetchRequest InSession(int id, int epoch, params (string Topic, int Partition, long Offset)[] partitions)
    {
        var request = Fetches.Of(1_000_000, partitions);
        request.SessionId = id;
        request.SessionEpoch = epoch;
        return request;
    }
}
