namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale group</c> as programs use it; how people do is among the tests with real clients.</summary>
public sealed class GroupCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    [Fact]
    public async Task A_group_is_listed_and_described_in_JSON()
    {
        await PrepareAsync();

        var listed = (await JsonAsync("group", "list", "--state", "empty")).EnumerateArray().Single(group => group.GetProperty("group").GetString() == Group);
        var described = (await JsonAsync("group", "describe", Group))[0];

        Assert.Equal("Empty", listed.GetProperty("state").GetString());
        Assert.Equal(2, described.GetProperty("lag").GetInt64());
        var partition = described.GetProperty("partitions")[0];
        Assert.Equal((Topic, 1, 3, 2), (
            partition.GetProperty("topic").GetString(),
            partition.GetProperty("committed").GetInt32(),
            partition.GetProperty("end").GetInt32(),
            partition.GetProperty("lag").GetInt32()));
        Assert.Equal(0, (await JsonAsync("group", "describe", Group, "--members"))[0].GetProperty("members").GetArrayLength());
    }

    [Fact]
    public async Task A_dry_run_tells_the_difference_and_a_reset_makes_it()
    {
        await PrepareAsync();

        var plan = await JsonAsync("group", "reset-offsets", Group, "--all-topics", "--to-latest", "--dry-run");
        Assert.False(plan.GetProperty("changed").GetBoolean());
        Assert.Equal((1, 3, "+2"), (
            plan.GetProperty("partitions")[0].GetProperty("current").GetInt32(),
            plan.GetProperty("partitions")[0].GetProperty("new").GetInt32(),
            plan.GetProperty("partitions")[0].GetProperty("change").GetString()));
        Assert.Equal(2, (await JsonAsync("group", "describe", Group))[0].GetProperty("lag").GetInt64());

        await RunAsync("group", "reset-offsets", Group, "--all-topics", "--by-duration", "1h");
        Assert.Equal(3, (await JsonAsync("group", "describe", Group))[0].GetProperty("lag").GetInt64());
    }

    [Fact]
    public async Task Of_several_groups_one_that_there_is_not_does_not_keep_the_others_from_being_deleted()
    {
        await PrepareAsync();

        var message = await FailAsync("group", "delete", Group + "-other", Group);

        Assert.Contains($"Group {Group}-other is not deleted:", message, StringComparison.Ordinal);
        Assert.Contains($"Group {Group} is deleted.", message, StringComparison.Ordinal);
        Assert.Contains("--state is one of", await FailAsync("group", "list", "--state", "tired"), StringComparison.Ordinal);
    }

    private async Task PrepareAsync()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "1", "2", "3");
        await RunAsync("consume", Topic, "--group", Group, "--count", "1");
    }
}
