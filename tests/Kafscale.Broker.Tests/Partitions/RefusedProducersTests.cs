using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class RefusedProducersTests
{
    [Fact]
    public async Task A_first_batch_that_was_never_stored_is_not_overtaken_once_another_broker_has_led_in_between()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartLeaderAsync(1);
        await cluster.CreateTopicAsync("orders");
        var other = await cluster.StartLeaderAsync(2);
        broker.Faults.FailBefore(StoreOperation.ObjectPut, "wal/", exception: new ArgumentException("The object is not possible."));
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(7, 0, 0, "a"))).ErrorCode);

        await broker.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await other.UntilLeadingAsync("orders");
        await other.MustProduceAsync("orders", "x", "y");
        await broker.Node.EndDrainAsync(TestCluster.Cancelled);
        await other.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await broker.UntilLeadingAsync("orders");

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await broker.ProduceAsync("orders", 0, Batches.Idempotent(7, 0, 1, "b"))).ErrorCode);
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 1, "b"));
        Assert.Equal(["x", "y", "a", "b"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public void The_first_batch_that_was_refused_counts()
    {
        var refused = new RefusedProducers();
        refused.Add([new ExpectedSequence(1, 0, 3, 100)]);
        refused.Add(new ExpectedSequence(1, 0, 4, 200));
        refused.Add(new ExpectedSequence(2, 0, 8, 200));
        refused.Add(new ExpectedSequence(2, 0, 9, 300));

        Assert.Equal([(1L, 3), (2L, 8)], refused.Take(0).Select(expected => (expected.ProducerId, expected.BaseSequence)));
        Assert.Empty(refused.Take(0));
    }

    [Fact]
    public void Where_there_are_too_many_who_was_refused_the_longest_ago_is_forgotten()
    {
        var refused = new RefusedProducers();
        for (var i = 0; i <= RefusedProducers.MaxProducers; i++)
        {
            refused.Add(new ExpectedSequence(i, 0, 0, 1_000 + i));
        }

        var kept = refused.Take(0).Select(expected => expected.ProducerId).Order().ToList();
        Assert.Equal(Enumerable.Range(1, RefusedProducers.MaxProducers).Select(i => (long)i), kept);
    }

    [Fact]
    public void A_batch_that_was_refused_longer_ago_than_producers_are_remembered_is_not_waited_for()
    {
        var refused = new RefusedProducers();
        refused.Add(new ExpectedSequence(1, 0, 0, 99));
        refused.Add(new ExpectedSequence(2, 0, 0, 100));

        Assert.Equal(2, Assert.Single(refused.Take(oldestMs: 100)).ProducerId);
    }
}
