using Kafscale.Broker.Tests.Support;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Health;

public sealed class ReadinessTests
{
    [Fact]
    public async Task A_broker_whose_store_is_unavailable_is_not_ready_and_says_why()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        broker.Health.Become(ObjectStoreHealthState.Unavailable);

        var reason = Assert.Single(broker.Node.NotReadyReasons);

        Assert.Equal("The object store is unavailable. As the test says.", reason);
        broker.Health.Become(ObjectStoreHealthState.Healthy);
        Assert.Empty(broker.Node.NotReadyReasons);
    }

    [Fact]
    public async Task A_broker_whose_store_is_degraded_stays_ready()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();

        broker.Health.Become(ObjectStoreHealthState.Degraded);

        Assert.Empty(broker.Node.NotReadyReasons);
    }
}
