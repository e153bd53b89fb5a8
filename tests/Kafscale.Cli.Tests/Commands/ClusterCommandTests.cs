namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale cluster</c>.</summary>
public sealed class ClusterCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    [Fact]
    public async Task Its_id_and_size_are_shown()
    {
        var info = await JsonAsync("cluster", "info");

        Assert.NotEqual("", info.GetProperty("cluster").GetString());
        Assert.Equal(1, info.GetProperty("brokers").GetInt32());
        Assert.Contains(Cells(await RunAsync("cluster", "info")), row => row is ["BROKERS", "1"]);
    }

    [Fact]
    public async Task Its_brokers_are_listed_with_what_they_lead()
    {
        await RunAsync("topic", "create", Topic, "--partitions", "4");

        var only = (await JsonAsync("cluster", "brokers")).EnumerateArray().Single();

        Assert.Equal(BootstrapServers, $"{only.GetProperty("host").GetString()}:{only.GetProperty("port").GetInt32()}");
        Assert.InRange(only.GetProperty("leads").GetInt32(), 4, int.MaxValue);
        Assert.True(only.GetProperty("controller").GetBoolean());
    }

    [Fact]
    public async Task One_that_lacks_nothing_is_healthy()
    {
        var health = await JsonAsync("cluster", "health");

        Assert.True(health.GetProperty("healthy").GetBoolean());
        Assert.Equal(0, health.GetProperty("silentBrokers").GetArrayLength());
    }
}
