using Kafscale.Broker.Tests.Support;
using Kafscale.Broker.Tests.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Health;

public sealed class ProduceBackpressureTests
{
    [Theory]
    [InlineData(ObjectStoreHealthState.Degraded)]
    [InlineData(ObjectStoreHealthState.Unavailable)]
    public async Task Records_are_refused_before_they_are_buffered_and_with_a_reason(ObjectStoreHealthState state)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Faults.ForgetCounts();
        broker.Health.Become(state);

        var refused = await broker.ProduceAsync("orders", "a");

        Assert.Equal(ErrorCode.NotEnoughReplicas, refused.ErrorCode);
        Assert.Equal(-1, refused.BaseOffset);
        Assert.Contains("As the test says.", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(0, broker.Node.Services.AppendBuffer.UsedBytes);
        Assert.Equal(0, broker.Faults.Count(StoreOperation.ObjectPut));
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(0, await broker.MustProduceAsync("orders", "a"));
    }

    [Fact]
    public async Task A_refused_producer_is_asked_to_pause()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);

        var response = await broker.SendAsync<ProduceResponse>(RequestOf("orders", Batches.Of("a")), 9);

        Assert.Equal(500, response.ThrottleTimeMs);
        Assert.Equal(0.5, values["kafscale_throttled_seconds_total{reason=object_store}"]);
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(0, (await broker.SendAsync<ProduceResponse>(RequestOf("orders", Batches.Of("a")), 9)).ThrottleTimeMs);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_told_all_the_same()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        var damaged = Batches.Of("a");
        damaged[^1] ^= 1;

        Assert.Equal(ErrorCode.CorruptMessage, (await broker.ProduceAsync("orders", 0, damaged)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.ProduceAsync("nothing", "a")).ErrorCode);
    }

    [Fact]
    public async Task Of_a_pipeline_that_was_refused_in_part_everything_is_stored_once_and_in_order()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"))).ErrorCode);
        broker.Health.Become(ObjectStoreHealthState.Healthy);

        // The second batch of the pipeline was on its way while the store became healthy, and must not be taken for the first.
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));

        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_producer_that_waits_for_room_is_let_go_when_the_store_fails()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { BufferMaxBytes = 1_000 });
        await cluster.CreateTopicAsync("orders");
        var upload = broker.Faults.Block(StoreOperation.ObjectPut);
        var accepted = broker.ProduceAsync("orders", 0, Batches.OfSize(900));
        await upload.Reached;
        var waiting = broker.ProduceAsync("orders", 0, Batches.OfSize(901));

        Assert.False(waiting.IsCompleted);
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await waiting).ErrorCode);
        Assert.False(accepted.IsCompleted);
        upload.Release();
        Assert.Equal(ErrorCode.None, (await accepted).ErrorCode);
        Assert.Equal(0, broker.Node.Services.AppendBuffer.UsedBytes);
    }

    [Fact]
    public async Task What_was_accepted_before_is_still_written_and_acknowledged()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var upload = broker.Faults.Block(StoreOperation.ObjectPut);
        var accepted = broker.ProduceAsync("orders", "a");
        await upload.Reached;
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        broker.Faults.FailBefore(StoreOperation.ObjectPut, times: 2);
        upload.Fail(new IOException("Once more."));

        Assert.Equal(ErrorCode.None, (await accepted).ErrorCode);
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Equal(["a"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Producers_that_are_not_known_yet_are_not_read_from_a_store_in_trouble()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await first.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 0, "a"));
        var broker = await cluster.CrashAndRestartAsync(first);
        broker.Faults.ForgetCounts();
        broker.Health.Become(ObjectStoreHealthState.Degraded);

        Assert.Equal(ErrorCode.NotEnoughReplicas, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"))).ErrorCode);

        Assert.DoesNotContain(broker.Faults.Done, done => done.Operation is StoreOperation.ObjectRead or StoreOperation.ObjectHead);
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(1, 0, 1, "b"));
        Assert.Equal(["a", "b"], await broker.ReadValuesAsync("orders"));
    }

    private static ProduceRequest RequestOf(string topic, byte[] batch)
    {
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
        var data = new ProduceRequest.TopicProduceData { Name = topic };
        data.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 0, Records = new(batch) });
        request.TopicData.Add(data);
        return request;
    }
}
