namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale topic</c>.</summary>
public sealed class TopicCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    [Fact]
    public async Task A_created_topic_is_listed_and_described()
    {
        Assert.Contains(
            $"Topic {Topic} is created.",
            await RunAsync("topic", "create", Topic, "--partitions", "3", "--config", "retention.ms=86400000"),
            StringComparison.Ordinal);

        Assert.Contains(Cells(await RunAsync("topic", "list")), row => row is [var name, "3", "1"] && name == Topic);
        var listed = (await JsonAsync("topic", "list")).EnumerateArray().Single(topic => topic.GetProperty("topic").GetString() == Topic);
        Assert.Equal(3, listed.GetProperty("partitions").GetInt32());
        var described = (await JsonAsync("topic", "describe", Topic))[0];
        Assert.Equal([0, 1, 2], described.GetProperty("partitions").EnumerateArray().Select(partition => partition.GetProperty("partition").GetInt32()));
        Assert.Equal(["retention.ms"], described.GetProperty("config").EnumerateArray().Select(config => config.GetProperty("config").GetString()));
        Assert.Equal("86400000", described.GetProperty("config")[0].GetProperty("value").GetString());
        Assert.Contains(Cells(await RunAsync("topic", "describe", Topic)), row => row is ["RECORDS", "0"]);
    }

    [Fact]
    public async Task Of_several_topics_one_that_fails_does_not_keep_the_others_from_being_created()
    {
        var message = await FailAsync("topic", "create", "a/b", Topic);

        Assert.Contains("Topic a/b is not created:", message, StringComparison.Ordinal);
        Assert.Contains($"Topic {Topic} is created.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_there_is_already_is_a_failure_unless_it_is_said_to_be_none()
    {
        await RunAsync("topic", "create", Topic);

        Assert.Contains("already exists", await FailAsync("topic", "create", Topic), StringComparison.Ordinal);
        Assert.Contains("exists", await RunAsync("topic", "create", Topic, "--if-not-exists"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_creates_nothing()
    {
        await RunAsync("topic", "create", Topic, "--dry-run");

        Assert.DoesNotContain(Topic, await RunAsync("topic", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_added_by_count_and_by_sum()
    {
        await RunAsync("topic", "create", Topic, "--partitions", "1");

        Assert.Contains("has 3 partitions", await RunAsync("topic", "add-partitions", Topic, "--count", "2"), StringComparison.Ordinal);
        Assert.Contains("has 5 partitions", await RunAsync("topic", "add-partitions", Topic, "--to", "5"), StringComparison.Ordinal);
        Assert.Equal(5, (await JsonAsync("topic", "describe", Topic))[0].GetProperty("partitions").GetArrayLength());
        await FailAsync("topic", "add-partitions", Topic, "--to", "4");
        Assert.Contains("--count or --to", await FailAsync("topic", "add-partitions", Topic), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_are_altered_and_set_back()
    {
        await RunAsync("topic", "create", Topic, "--config", "retention.ms=1000");

        await RunAsync("topic", "alter", Topic, "--set", "cleanup.policy=compact", "--unset", "retention.ms");

        var config = (await JsonAsync("topic", "describe", Topic))[0].GetProperty("config");
        Assert.Equal(["cleanup.policy"], config.EnumerateArray().Select(entry => entry.GetProperty("config").GetString()));
        Assert.Contains("--set NAME=VALUE", await FailAsync("topic", "alter", Topic), StringComparison.Ordinal);
        Assert.Contains("is not changed", await FailAsync("topic", "alter", Topic, "--set", "retention.ms=soon"), StringComparison.Ordinal);
        Assert.Contains("not NAME", await FailAsync("topic", "alter", Topic, "--set", "NAME"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_topic_is_gone()
    {
        await RunAsync("topic", "create", Topic);

        Assert.Contains("is deleted", await RunAsync("topic", "delete", Topic), StringComparison.Ordinal);

        Assert.Contains("topic list", await FailAsync("topic", "describe", Topic), StringComparison.Ordinal);
        Assert.Contains("is not deleted", await FailAsync("topic", "delete", Topic), StringComparison.Ordinal);
        await RunAsync("topic", "delete", Topic, "--if-exists");
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_named_with_what_to_check()
    {
        var message = await FailAsync("topic", "list", "-b", "127.0.0.1:1");

        Assert.Contains("No broker answers at 127.0.0.1:1. ", message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", message, StringComparison.Ordinal);
        Assert.Contains("--bootstrap-server", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_or_a_property_that_is_none_is_refused()
    {
        Assert.Contains("HOST:PORT", await FailAsync("topic", "list", "-b", "nowhere"), StringComparison.Ordinal);
        Assert.Contains("no.such.property", await FailAsync("topic", "list", "-X", "no.such.property=1"), StringComparison.Ordinal);
        Assert.Contains("NAME=VALUE", await FailAsync("topic", "list", "-X", "debug"), StringComparison.Ordinal);
        Assert.Contains("--sasl-mechanism", await FailAsync("topic", "list", "--sasl-user", "me"), StringComparison.Ordinal);
        Assert.Contains("--output", await FailAsync("topic", "list", "--output", "xml"), StringComparison.Ordinal);
        Assert.Contains("--timeout", await FailAsync("topic", "list", "--timeout", "0"), StringComparison.Ordinal);
    }
}
