namespace Kafscale.Operator.Tests.Scenarios;

public sealed class ClusterTests
{
    [Fact]
    public async Task A_cluster_with_an_etcd_of_somebody_else_becomes_brokers_and_services()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply("kafscaleclusters", Playground.Cluster());
        playground.StartOperator();

        await playground.IsReadyAsync();

        var status = playground.Find("kafscaleclusters", "orders")!["status"]!;
        Assert.Equal(3, (int)status["brokerCount"]!);
        Assert.Equal("True", (string?)playground.Condition("kafscaleclusters", "orders", "Ready")!["status"]);
        Assert.NotNull(playground.Find("statefulsets", "orders-broker"));
        Assert.NotNull(playground.Find("services", "orders-broker"));
        Assert.NotNull(playground.Find("services", "orders-broker-headless"));
        Assert.NotNull(playground.Find("poddisruptionbudgets", "orders-broker"));
        Assert.Null(playground.Find("statefulsets", "orders-etcd"));
    }
}
