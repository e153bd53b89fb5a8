using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Tests.Fetching;

public sealed class FetchTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_offset_is_found_with_a_limit_of_one_byte_also_in_the_middle_of_an_index_interval(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "100000"));
        var expected = new List<string>();
        for (var i = 0; i < 150; i++)
        {
            var values = new[] { $"{i}a {new string('x', 400)}", $"{i}b {new string('y', 400)}" };
            expected.AddRange(values);
            await broker.MustProduceAsync("orders", 0, Batches.Of(values));
        }

        await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset > 0);
        var from = isMerged ? 0 : broker.Log("orders").MergedThroughOffset;
        var until = isMerged ? broker.Log("orders").MergedThroughOffset : expected.Count;
        var reader = isMerged ? await cluster.CrashAndRestartAsync(broker) : broker;
        for (var offset = from; offset < until; offset++)
        {
            var fetched = await reader.FetchAsync("orders", 0, offset, maxBytes: 1);
            Assert.Equal(2, fetched.Records.Count);
            Assert.Equal(expected[(int)offset], fetched.Records.Single(record => record.Offset == offset).Value);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_larger_than_any_limit_is_returned_whole(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "100000000"));
        await broker.MustProduceAsync("orders", 0, Batches.OfSize(3_000_000));
        await broker.MustProduceAsync("orders", "next");
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);
        }

        var fetched = await broker.FetchAsync("orders", 0, 0, maxBytes: 1_000);

        Assert.Equal(3_000_000, Assert.Single(fetched.Records).Value.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_partition_with_a_limit_of_0_gets_its_first_batch_when_nothing_else_is_returned(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "100000000"));
        await broker.MustProduceAsync("orders", "a");
        await broker.MustProduceAsync("orders", "b");
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 2);
        }

        var fetched = await broker.FetchAsync("orders", 0, 0, maxBytes: 0);

        Assert.Equal("a", Assert.Single(fetched.Records).Value);
    }

    [Fact]
    public async Task All_partitions_together_stay_within_the_limit_of_the_request()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 10);
        for (var partition = 0; partition < 10; partition++)
        {
            for (var i = 0; i < 5; i++)
            {
                await broker.MustProduceAsync("orders", partition, Batches.OfSize(1_000));
            }
        }

        var request = Fetches.Of(7_000, [.. Enumerable.Range(0, 10).Select(partition => ("orders", partition, 0L))]);
        var answer = await broker.FetchAsync(request);

        Assert.InRange(answer.Partitions.Sum(partition => partition.Length), 5_000, 7_000);
        Assert.Equal(10, answer.Partitions.Count);
    }

    [Fact]
    public async Task A_partition_stays_within_its_own_limit()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        for (var i = 0; i < 10; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.OfSize(1_000));
        }

        var fetched = await broker.FetchAsync("orders", 0, 0, maxBytes: 3_500);

        Assert.Equal(3, fetched.Records.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_consumer_of_committed_records_is_told_the_last_stable_offset_and_that_none_is_aborted(sbyte isolationLevel)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        var request = Fetches.Of(1_000, ("orders", 0, 0));
        request.IsolationLevel = isolationLevel;

        var (lastStableOffset, aborted, length) = (-1L, -1, 0L);
        await broker.SendAsync<FetchResponse>(request, version: 12, read: response =>
        {
            var partition = response.Responses[0].Partitions[0];
            (lastStableOffset, aborted, length) =
                (partition.LastStableOffset, partition.AbortedTransactions?.Count ?? -1, partition.Records.GetValueOrDefault().Length);
        });

        Assert.Equal(1, lastStableOffset);
        Assert.Equal(isolationLevel == 1 ? 0 : -1, aborted);
        Assert.True(length > 0);
    }

    [Fact]
    public async Task A_fetch_waits_on_all_its_partitions_at_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 50);
        var waiting = broker.FetchAsync(Fetches.Waiting(60_000, 1, [.. Enumerable.Range(0, 50).Select(partition => ("orders", partition, 0L))]));
        Assert.False(waiting.IsCompleted);

        await broker.MustProduceAsync("orders", 37, Batches.Of("a"));

        var answer = await waiting;
        Assert.Equal(37, Assert.Single(answer.Partitions, partition => partition.Records.Count > 0).Partition);
    }

    [Fact]
    public async Task A_fetch_waits_until_all_partitions_together_have_the_fewest_bytes()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        var waiting = broker.FetchAsync(Fetches.Waiting(60_000, 2_000, ("orders", 0, 0), ("orders", 1, 0)));

        await broker.MustProduceAsync("orders", 0, Batches.OfSize(1_000));
        Assert.False(waiting.IsCompleted);
        await broker.MustProduceAsync("orders", 1, Batches.OfSize(1_000));

        Assert.All((await waiting).Partitions, partition => Assert.Single(partition.Records));
    }

    [Fact]
    public async Task A_fetch_that_waited_long_enough_returns_what_there_is()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");

        var answer = await broker.FetchAsync(Fetches.Waiting(20, 1_000_000, ("orders", 0, 0)));

        Assert.Single(Assert.Single(answer.Partitions).Records);
    }

    [Fact]
    public async Task A_fetch_that_nobody_waits_for_any_more_returns_at_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        using var gone = new CancellationTokenSource();
        var waiting = broker.FetchAsync(Fetches.Waiting(60_000, 1, ("orders", 0, 0)), endWaiting: gone.Token);

        await gone.CancelAsync();

        Assert.Empty(Assert.Single((await waiting).Partitions).Records);
    }

    [Fact]
    public async Task Whoever_waits_for_a_topic_that_is_deleted_is_told_at_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var waiting = broker.FetchAsync(Fetches.Waiting(60_000, 1, ("orders", 0, 0)));

        await cluster.DeleteTopicAsync("orders");

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await waiting).Partitions).Error);
    }

    [Fact]
    public async Task Whoever_waits_when_the_leadership_is_lost_is_told_at_once()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var waiting = broker.FetchAsync(Fetches.Waiting(600_000, 1, ("orders", 0, 0)));
        var block = broker.Faults.Block(StoreOperation.LeaseGrant);

        await broker.ExpireSessionAsync();
        await broker.ProduceAsync("orders", "finds out");
        await block.Reached;

        var answer = await waiting;
        block.Release();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Assert.Single(answer.Partitions).Error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task An_offset_outside_of_the_log_is_an_error_of_that_partition(long offset)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await broker.MustProduceAsync("orders", "a", "b");
        await broker.MustProduceAsync("orders", 1, Batches.Of("c"));

        var answer = await broker.FetchAsync(Fetches.Waiting(60_000, 1, ("orders", 0, offset), ("orders", 1, 0)));

        Assert.Equal(ErrorCode.OffsetOutOfRange, answer.Partitions[0].Error);
        Assert.Single(answer.Partitions[1].Records);
    }

    [Fact]
    public async Task A_store_that_fails_gives_a_code_that_clients_retry_for_that_partition_alone()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await broker.MustProduceAsync("orders", "a");
        await broker.MustProduceAsync("orders", 1, Batches.Of("b"));
        var next = await cluster.CrashAndRestartAsync(broker);
        next.Faults.FailBefore(StoreOperation.ObjectRead, times: 1);

        var answer = await next.FetchAsync(Fetches.Of(1_000_000, ("orders", 0, 0), ("orders", 1, 0)));

        var failed = Assert.Single(answer.Partitions, partition => partition.Error != ErrorCode.None);
        Assert.Equal(ErrorCode.KafkaStorageError, failed.Error);
        Assert.Single(answer.Partitions, partition => partition.Records.Count == 1);
        Assert.Equal(["a"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_fenced_and_an_unknown_leader_epoch_are_told_apart()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await first.MustProduceAsync("orders", "a");
        var broker = await cluster.CrashAndRestartAsync(first);

        Assert.Equal(ErrorCode.FencedLeaderEpoch, await FetchInEpochAsync(broker, 0));
        Assert.Equal(ErrorCode.None, await FetchInEpochAsync(broker, 1));
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, await FetchInEpochAsync(broker, 2));
    }

    [Fact]
    public async Task Reading_from_many_places_at_once_while_slices_are_merged_sees_every_record_at_its_offset()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "3000"));
        var writing = WriteAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReadAllAsync()));
        await writing;

        async Task WriteAsync()
        {
            for (var i = 0; i < 300; i++)
            {
                await broker.MustProduceAsync("orders", $"{i}");
            }
        }

        async Task ReadAllAsync()
        {
            var offset = 0L;
            while (offset < 300)
            {
                var request = Fetches.Waiting(1_000, 1, ("orders", 0, offset));
                var partition = Assert.Single((await broker.FetchAsync(request)).Partitions);
                Assert.Equal(ErrorCode.None, partition.Error);
                foreach (var record in partition.Records)
                {
                    Assert.Equal(offset++, record.Offset);
                    Assert.Equal($"{record.Offset}", record.Value);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_that_are_not_those_that_were_stored_are_an_error_and_never_an_endless_read(bool isMerged)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("segment.bytes", isMerged ? "1" : "1000000"));
        await broker.MustProduceAsync("orders", "a");
        if (isMerged)
        {
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == 1);
        }

        var key = isMerged ? Assert.Single(await cluster.SegmentsAsync("orders")) : Assert.Single(await cluster.WalObjectsAsync());
        var length = (await cluster.Objects.HeadAsync(key, TestCluster.Cancelled))!.Value.Length;
        await cluster.Objects.PutAsync(key, new(new byte[length]), Kafscale.Storage.ObjectStores.PutCondition.None, TestCluster.Cancelled);
        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(ErrorCode.CorruptMessage, (await next.FetchAsync("orders", 0, 0)).Error);
    }

    private static async Task<ErrorCode> FetchInEpochAsync(TestBroker broker, int epoch)
    {
        var request = Fetches.Of(1_000, ("orders", 0, 0));
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        return Assert.Single((await broker.FetchAsync(request)).Partitions).Error;
    }
}
