namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale config</c>.</summary>
public sealed class ConfigCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    [Fact]
    public async Task Settings_of_a_topic_are_described_and_altered()
    {
        await RunAsync("topic", "create", Topic);
        Assert.Contains("topic", await RunAsync("config", "alter", "topic", Topic, "--set", "retention.ms=7"), StringComparison.Ordinal);

        Assert.Contains(Cells(await RunAsync("config", "describe", "topic", Topic)), row => row is ["retention.ms", "7", "topic", "no"]);
        Assert.Equal(1, (await JsonAsync("config", "describe", "topic", Topic, "--set-only")).GetArrayLength());
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await RunAsync("topic", "create", Topic);

        await RunAsync("config", "alter", "topic", Topic, "--set", "retention.ms=7", "--dry-run");

        Assert.Equal(0, (await JsonAsync("config", "describe", "topic", Topic, "--set-only")).GetArrayLength());
    }

    [Fact]
    public async Task Settings_of_a_broker_and_of_a_group_are_described()
    {
        var broker = (await JsonAsync("cluster", "brokers"))[0].GetProperty("broker").GetInt32();

        Assert.NotEqual(0, (await JsonAsync("config", "describe", "broker", $"{broker}")).GetArrayLength());
        Assert.Contains("consumer.session.timeout.ms", await RunAsync("config", "describe", "group", Group), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_but_topics_brokers_and_groups_has_settings()
    {
        Assert.Contains("planet", await FailAsync("config", "describe", "planet", "earth"), StringComparison.Ordinal);
        Assert.Contains("Say which topic", await FailAsync("config", "describe", "topic"), StringComparison.Ordinal);
    }
}
