using Kafscale.Broker.Fetching;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Fetching;

public sealed class FetchSessionTests
{
    [Fact]
    public async Task Within_a_session_only_partitions_with_news_are_answered()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0), ("orders", 1, 0), ("orders", 2, 0)));
        Assert.Equal(3, opened.Partitions.Count);
        Assert.NotEqual(0, opened.SessionId);

        Assert.Empty((await broker.FetchAsync(InSession(opened.SessionId, 1))).Partitions);
        await broker.MustProduceAsync("orders", 1, Batches.Of("a"));
        var news = await broker.FetchAsync(InSession(opened.SessionId, 2));

        Assert.Equal(1, Assert.Single(news.Partitions).Partition);
        Assert.Empty((await broker.FetchAsync(InSession(opened.SessionId, 3, ("orders", 1, 1)))).Partitions);
    }

    [Fact]
    public async Task A_forgotten_partition_is_answered_no_more_and_a_new_one_is_added()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0), ("orders", 1, 0)));
        var change = InSession(opened.SessionId, 1, ("orders", 2, 0));
        var forgotten = new FetchRequest.ForgottenTopic { Topic = "orders" };
        forgotten.Partitions.Add(0);
        change.ForgottenTopicsData.Add(forgotten);
        await broker.FetchAsync(change);
        for (var partition = 0; partition < 3; partition++)
        {
            await broker.MustProduceAsync("orders", partition, Batches.Of("a"));
        }

        var news = await broker.FetchAsync(InSession(opened.SessionId, 2));

        Assert.Equal([1, 2], news.Partitions.Select(partition => partition.Partition).Order());
    }

    [Fact]
    public async Task A_wrong_epoch_and_an_unknown_session_are_refused()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0)));

        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await broker.FetchAsync(InSession(opened.SessionId, 2))).Error);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await broker.FetchAsync(InSession(opened.SessionId ^ 1, 1))).Error);
        Assert.Equal(ErrorCode.None, (await broker.FetchAsync(InSession(opened.SessionId, 1))).Error);
    }

    [Fact]
    public async Task The_final_epoch_ends_the_session()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0)));

        var last = await broker.FetchAsync(InSession(opened.SessionId, -1, ("orders", 0, 0)));

        Assert.Equal(0, last.SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await broker.FetchAsync(InSession(opened.SessionId, 1))).Error);
    }

    [Fact]
    public async Task An_error_is_told_in_every_answer_until_it_is_over_and_then_that_it_is_over()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var opened = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0), ("later", 0, 0)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await broker.FetchAsync(InSession(opened.SessionId, 1))).Partitions).Error);

        await cluster.CreateTopicAsync("later");

        var over = Assert.Single((await broker.FetchAsync(InSession(opened.SessionId, 2))).Partitions);
        Assert.Equal(("later", ErrorCode.None), (over.Topic, over.Error));
        Assert.Empty((await broker.FetchAsync(InSession(opened.SessionId, 3))).Partitions);
    }

    [Fact]
    public async Task No_partition_starves_where_the_answer_has_room_for_one()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 4);
        for (var partition = 0; partition < 4; partition++)
        {
            await broker.MustProduceAsync("orders", partition, Batches.OfSize(5_000), Batches.OfSize(5_000));
        }

        var request = InSession(0, 0, [.. Enumerable.Range(0, 4).Select(partition => ("orders", partition, 0L))]);
        request.MaxBytes = 1;
        var answer = await broker.FetchAsync(request);
        var served = new HashSet<int>();
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            served.Add(Assert.Single(answer.Partitions, partition => partition.Records.Count > 0).Partition);
            var next = InSession(answer.SessionId, epoch);
            next.MaxBytes = 1;
            answer = await broker.FetchAsync(next);
        }

        Assert.Equal(4, served.Count);
    }

    [Fact]
    public void A_session_makes_place_only_when_it_was_idle_for_long_enough()
    {
        var time = new FakeTimeProvider();
        var cache = new FetchSessionCache(2, 100, TimeSpan.FromMinutes(2), time, new Random(1));
        var busy = cache.TryCreate()!;
        var idle = cache.TryCreate()!;
        cache.Release(idle);

        Assert.Null(cache.TryCreate());
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.NotNull(cache.TryCreate());

        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.TryTake(idle.Id, 1, out _));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, cache.TryTake(busy.Id, 1, out _));
    }

    [Fact]
    public void All_sessions_together_hold_a_bounded_number_of_partitions()
    {
        var time = new FakeTimeProvider();
        var cache = new FetchSessionCache(10, 100, TimeSpan.FromMinutes(2), time, new Random(1));
        var first = Opened(60)!;
        Assert.Null(Opened(41));
        var second = Opened(40)!;

        Assert.Equal(ErrorCode.None, cache.TryTake(first.Id, 1, out _));
        first.GetOrAdd(new FetchPartitionKey("one too many", Guid.Empty, 0));
        Assert.False(cache.TryKeep(first));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.TryTake(first.Id, 2, out _));
        Assert.NotNull(Opened(60));

        time.Advance(TimeSpan.FromMinutes(3));
        Assert.NotNull(Opened(80));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.TryTake(second.Id, 1, out _));

        FetchSession? Opened(int partitions)
        {
            var session = cache.TryCreate()!;
            for (var partition = 0; partition < partitions; partition++)
            {
                session.GetOrAdd(new FetchPartitionKey("orders", Guid.Empty, partition));
            }

            var isKept = cache.TryKeep(session);
            cache.Release(session);
            return isKept ? session : null;
        }
    }

    [Fact]
    public async Task Where_there_is_no_place_for_a_session_the_fetch_is_answered_without_one()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { MaxFetchSessions = 1 });
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0)));

        var answer = await broker.FetchAsync(InSession(0, 0, ("orders", 0, 0)));

        Assert.Equal(0, answer.SessionId);
        Assert.Single(Assert.Single(answer.Partitions).Records);
    }

    private static FetchRequest InSession(int id, int epoch, params (string Topic, int Partition, long Offset)[] partitions)
    {
        var request = Fetches.Of(1024 * 1024, partitions);
        request.SessionId = id;
        request.SessionEpoch = epoch;
        return request;
    }
}
