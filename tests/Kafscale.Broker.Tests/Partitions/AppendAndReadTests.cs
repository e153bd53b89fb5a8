using System.Buffers.Binary;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class AppendAndReadTests
{
    [Fact]
    public async Task What_is_acknowledged_can_be_read_at_its_offset()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");

        Assert.Equal(0, await broker.MustProduceAsync("orders", "a", "b"));
        Assert.Equal(2, await broker.MustProduceAsync("orders", "c"));

        Assert.Equal(["a", "b", "c"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Several_batches_in_one_request_are_numbered_one_after_another()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");

        await broker.MustProduceAsync("orders", 0, Batches.Of("a", "b"), Batches.Of("c"), Batches.Of("d", "e", "f"));

        Assert.Equal(["a", "b", "c", "d", "e", "f"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_request_with_one_batch_of_a_wrong_checksum_is_refused_and_nothing_of_it_is_stored()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var broken = Batches.Of("broken");
        broken[^1] ^= 1;

        var response = await broker.ProduceAsync("orders", 0, Batches.Of("good"), broken);
        await broker.MustProduceAsync("orders", "next");

        Assert.Equal(ErrorCode.CorruptMessage, response.ErrorCode);
        Assert.Equal(["next"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_flush_of_a_thousand_partitions_is_one_put_and_one_commit()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("wide", 1_000);
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var first = broker.ProduceAsync("wide", "first");
        await block.Reached;
        broker.Faults.ForgetCounts();

        // Three more uploads may run beside the one that waits; what comes then shares the next.
        var blocks = Enumerable.Range(0, 3).Select(_ => broker.Faults.Block(StoreOperation.ObjectPut)).ToList();
        var more = new List<Task>();
        foreach (var next in blocks)
        {
            more.Add(broker.ProduceAsync("wide", "more"));
            await next.Reached;
        }

        broker.Faults.ForgetCounts();
        var wide = broker.ProduceAsync([.. Enumerable.Range(0, 1_000).Select(partition => ("wide", partition, new[] { Batches.Of("x") }))]);
        block.Release();
        blocks.ForEach(next => next.Release());
        await Task.WhenAll([first, .. more]);
        var responses = await wide;

        Assert.All(responses.Values, response => Assert.Equal(ErrorCode.None, response.ErrorCode));
        Assert.Equal(1, broker.Faults.Count(StoreOperation.ObjectPut));
        Assert.Equal(5, broker.Faults.Count(StoreOperation.MetadataCommit, "/commits/"));
    }

    [Fact]
    public async Task A_compressed_batch_that_says_it_has_more_records_than_it_can_unpack_to_is_refused()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var batch = Batches.Build(new RecordBatchBuilder { CompressionType = CompressionType.Gzip }, Batches.Timestamp, "a");
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.LastOffsetDeltaPosition), int.MaxValue - 1);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.RecordCountPosition), int.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(
            batch.AsSpan(RecordBatchHeader.CrcPosition), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcCoverageStart)));

        Assert.Equal(ErrorCode.InvalidRecord, (await broker.ProduceAsync("orders", 0, batch, batch)).ErrorCode);
        Assert.Equal(0, await broker.MustProduceAsync("orders", "b"));
    }

    [Fact]
    public async Task A_quiet_partitions_last_record_becomes_visible_when_the_interval_has_passed()
    {
        var time = new PauseTime();
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync(with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromMilliseconds(250) } });
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "first");

        var second = broker.ProduceAsync("orders", "second");
        Assert.Equal(1, broker.Log("orders").HighWatermark);
        Assert.False(second.IsCompleted);
        await time.PassUntilAsync(second);

        Assert.Equal(ErrorCode.None, (await second).ErrorCode);
        Assert.Equal(["first", "second"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_flush_starts_early_when_enough_bytes_wait()
    {
        await using var cluster = new TestCluster(new FakeTimeProvider());
        var broker = await cluster.StartAsync(
            with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromHours(1), FlushBytes = 10_000 } });
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "first");

        var small = broker.ProduceAsync("orders", "small");
        await broker.MustProduceAsync("orders", 0, Batches.OfSize(20_000));

        Assert.Equal(ErrorCode.None, (await small).ErrorCode);
    }

    [Fact]
    public async Task Stopping_writes_what_waits_for_its_interval()
    {
        await using var cluster = new TestCluster(new FakeTimeProvider());
        var broker = await cluster.StartAsync(with: options => options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromHours(1) } });
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "first");
        var waiting = broker.ProduceAsync("orders", "waiting");
        Assert.False(waiting.IsCompleted);

        await broker.StopAsync();
        var next = await cluster.StartAsync();

        Assert.Equal(ErrorCode.None, (await waiting).ErrorCode);
        Assert.Equal(["first", "waiting"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_broker_that_has_stopped_refuses_records_rather_than_leaving_producers_without_answer()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var appender = broker.Log("orders").Appender!;
        await appender.LoadProducersAsync(TestCluster.Cancelled);
        var block = broker.Faults.Block(StoreOperation.LeaseRevoke);
        var stopping = broker.StopAsync();
        await block.Reached;

        // A request that had found the leader before it was released.
        var memory = await broker.Node.Services.AppendBuffer.ReserveAsync(Batches.Of("late").Length, TestCluster.Cancelled);
        Batches.Of("late").CopyTo(memory.Span);
        Assert.True(RecordBatchHeader.TryRead(memory.Span, out var header));
        var result = appender.Append([new PreparedBatch(header, memory)]);
        block.Release();
        await stopping;

        Assert.Equal((ErrorCode.NotLeaderOrFollower, null), (result.Error, result.Flush));
    }

    [Fact]
    public async Task Stopping_ends_at_its_deadline_where_the_object_store_does_not_answer()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var stuck = broker.ProduceAsync("orders", "stuck");
        await block.Reached;
        using var deadline = new CancellationTokenSource();

        var stopping = broker.Node.StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await stopping.WaitAsync(TestBroker.Patience, TestCluster.Cancelled);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await stuck).ErrorCode);
    }

    [Fact]
    public async Task A_deadline_that_passes_while_the_session_is_being_ended_does_no_harm()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        var block = broker.Faults.Block(StoreOperation.LeaseRevoke);
        using var deadline = new CancellationTokenSource();

        var stopping = broker.Node.StopAsync(deadline.Token);
        await block.Reached;
        await deadline.CancelAsync();
        block.Release();

        await stopping.WaitAsync(TestBroker.Patience, TestCluster.Cancelled);
    }

    [Fact]
    public async Task Opening_a_partition_reads_nothing_and_lists_nothing_of_it()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", configs: ("segment.bytes", "1"));
        for (var i = 0; i < 5; i++)
        {
            var segments = i + 1;
            await broker.MustProduceAsync("orders", $"{i}");
            await TestBroker.UntilAsync(() => broker.Log("orders").MergedThroughOffset == segments);
        }

        await broker.StopAsync();
        var next = await cluster.StartAsync();

        Assert.Equal(0, next.Faults.Count(StoreOperation.ObjectList, "orders"));
        Assert.Equal(0, next.Faults.Count(StoreOperation.ObjectRead, "orders") + next.Faults.Count(StoreOperation.ObjectRead, "/manifest/"));

        // The cluster's mark is read, and it is seen to that there are no WAL objects of later sessions.
        Assert.Equal(
            (2, 0, 1),
            (next.Faults.Count(StoreOperation.ObjectList), next.Faults.Count(StoreOperation.ObjectHead), next.Faults.Count(StoreOperation.ObjectRead)));
        Assert.Equal(["0", "1", "2", "3", "4"], await next.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_partition_whose_manifest_can_not_be_read_does_not_keep_the_others_from_being_served()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("broken", configs: ("segment.bytes", "1"));
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("broken", "x");
        await broker.MustProduceAsync("orders", "a");
        await TestBroker.UntilAsync(() => broker.Log("broken").MergedThroughOffset == 1);
        await broker.StopAsync();

        var next = await cluster.StartAsync(faults => faults.FailBefore(StoreOperation.ObjectRead, "/manifest/", times: 2));
        Assert.Equal(ErrorCode.KafkaStorageError, (await next.FetchAsync("broken", 0, 0)).Error);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await next.ProduceAsync("broken", "y")).ErrorCode);
        Assert.Equal(["a"], await next.ReadValuesAsync("orders"));
        Assert.Equal(1, await next.MustProduceAsync("broken", "y"));
        Assert.Equal(["x", "y"], await next.ReadValuesAsync("broken"));
    }

    [Fact]
    public async Task Everything_is_there_after_a_crash()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 3);
        for (var i = 0; i < 10; i++)
        {
            await broker.MustProduceAsync("orders", i % 3, Batches.Of($"{i}"));
        }

        var next = await cluster.CrashAndRestartAsync(broker);

        Assert.Equal(["0", "3", "6", "9"], await next.ReadValuesAsync("orders"));
        Assert.Equal(["1", "4", "7"], await next.ReadValuesAsync("orders", 1));
        Assert.Equal(3, await next.MustProduceAsync("orders", 1, Batches.Of("10")));
    }

    [Fact]
    public async Task All_memory_goes_back_when_everything_is_committed_and_the_broker_is_gone()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        for (var i = 0; i < 20; i++)
        {
            await broker.MustProduceAsync("orders", 0, Batches.OfSize(700_000));
        }

        Assert.Equal(0, broker.Node.Services.AppendBuffer.UsedBytes);
        await broker.ReadAsync("orders");
        await broker.DisposeAsync();

        Assert.Equal(0, broker.Node.Services.Chunks.InUse);
    }

    [Fact]
    public async Task All_memory_goes_back_after_failed_flushes_refused_batches_and_duplicates()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var broken = Batches.Of("broken");
        broken[^1] ^= 1;
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 0, "a"));
        await broker.ProduceAsync("orders", 0, Batches.Idempotent(7, 0, 5, "gap"));
        await broker.ProduceAsync("orders", 0, broken);
        broker.Faults.FailBefore(StoreOperation.ObjectPut, exception: new ArgumentException("The object is not possible."));
        Assert.NotEqual(ErrorCode.None, (await broker.ProduceAsync("orders", "fails")).ErrorCode);

        Assert.Equal(0, broker.Node.Services.AppendBuffer.UsedBytes);
        await broker.DisposeAsync();

        Assert.Equal(0, broker.Node.Services.Chunks.InUse);
    }

    [Fact]
    public async Task With_log_append_time_records_carry_the_brokers_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000));
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("message.timestamp.type", "LogAppendTime"));

        var response = await broker.ProduceAsync("orders", 0, Batches.At(5, "a"));

        Assert.Equal(1_800_000_000_000, response.LogAppendTimeMs);
        Assert.Equal(1_800_000_000_000, Assert.Single(await broker.ReadAsync("orders")).Timestamp);
    }

    [Fact]
    public async Task A_request_of_several_batches_that_is_larger_than_the_append_buffer_gets_through()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { BufferMaxBytes = 100_000 });
        await cluster.CreateTopicAsync("orders");

        await broker.MustProduceAsync("orders", 0, Batches.OfSize(60_000), Batches.OfSize(60_000), Batches.OfSize(60_000));

        Assert.Equal(3, broker.Log("orders").HighWatermark);
    }

    [Fact]
    public async Task A_commit_that_the_metadata_store_can_not_hold_fails_its_producers_and_no_one_else()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.FailBefore(StoreOperation.MetadataCommit, "/commits/", exception: new ArgumentException("The value is too large."));

        var failed = await broker.ProduceAsync("orders", "too large");
        await broker.MustProduceAsync("orders", "next");

        Assert.NotEqual(ErrorCode.None, failed.ErrorCode);
        Assert.Equal(["next"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_flush_of_very_many_producers_is_split_into_commits_that_the_metadata_store_can_hold()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var block = broker.Faults.Block(StoreOperation.ObjectPut);
        var blocks = Enumerable.Range(0, 3).Select(_ => broker.Faults.Block(StoreOperation.ObjectPut)).Prepend(block).ToList();
        var first = new List<Task>();
        foreach (var next in blocks)
        {
            first.Add(broker.ProduceAsync("orders", "first"));
            await next.Reached;
        }

        const int Producers = 30_000;
        var all = Enumerable.Range(0, Producers)
            .Select(producer => broker.ProduceAsync("orders", 0, Batches.Idempotent(1L << 60 | (long)producer << 20, short.MaxValue, int.MaxValue - 5, "x")))
            .ToList();
        blocks.ForEach(next => next.Release());
        await Task.WhenAll(first);

        Assert.All(await Task.WhenAll(all), response => Assert.Equal(ErrorCode.None, response.ErrorCode));
        Assert.Equal(Producers + 4, broker.Log("orders").HighWatermark);
    }
}
