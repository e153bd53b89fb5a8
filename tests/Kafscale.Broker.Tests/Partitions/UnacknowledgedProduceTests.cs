using Kafscale.Broker.Network;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>What a producer with acks=0 hears, which is nothing but the end of its connection.</summary>
public sealed class UnacknowledgedProduceTests
{
    [Fact]
    public async Task There_is_no_answer_and_the_records_are_stored()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");

        Assert.Null(await ProduceAsync(broker, "orders", Batches.Of("a")));

        await TestBroker.UntilAsync(() => broker.Log("orders").HighWatermark == 1);
    }

    [Fact]
    public async Task The_connection_ends_where_records_are_not_taken()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var damaged = Batches.Of("a");
        damaged[^1] ^= 1;

        Assert.Equal(ConnectionCloseReason.UnansweredError, await ProduceAsync(broker, "nowhere", Batches.Of("a")));
        Assert.Equal(ConnectionCloseReason.UnansweredError, await ProduceAsync(broker, "orders", damaged));
        broker.Health.Become(ObjectStoreHealthState.Unavailable);
        Assert.Equal(ConnectionCloseReason.UnansweredError, await ProduceAsync(broker, "orders", Batches.Of("a")));
    }

    [Fact]
    public async Task The_connection_ends_where_another_broker_leads_so_that_the_producer_looks_for_it()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        await first.UntilLeadingAsync("orders");
        var second = await cluster.StartLeaderAsync(2);
        await first.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await second.UntilLeadingAsync("orders");

        Assert.Equal(ConnectionCloseReason.UnansweredError, await ProduceAsync(first, "orders", Batches.Of("a")));
        Assert.Null(await ProduceAsync(second, "orders", Batches.Of("a")));
    }

    // Why the connection ends; null where it goes on.
    private static async Task<ConnectionCloseReason?> ProduceAsync(TestBroker broker, string topicName, byte[] batch)
    {
        var topic = new ProduceRequest.TopicProduceData { Name = topicName };
        topic.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 0, Records = new(batch) });
        var context = new RequestContext
        {
            Connection = new("test", "PLAINTEXT", "127.0.0.1"),
            ApiKey = ApiKey.Produce,
            ApiVersion = 9,
            CorrelationId = 1,
            ClientId = null,
        };
        var handler = broker.Node.Dispatcher.Find((short)ApiKey.Produce, context.ApiVersion)!;

        Assert.Null(await handler.HandleAsync(context, new ProduceRequest { Acks = 0, TopicData = [topic] }, TestCluster.Cancelled));

        return context.CloseReason;
    }
}
