using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary><c>kafscale group</c> as an administrator uses it.</summary>
public sealed class GroupCommandTests(ConsumerProtocolFixture broker) : IClassFixture<ConsumerProtocolFixture>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly string _group = $"group-{Guid.NewGuid():n}";

    private string BootstrapServers => broker.Broker.BootstrapServers;

    [Theory]
    [InlineData(GroupProtocol.Classic)]
    [InlineData(GroupProtocol.Consumer)]
    public async Task A_group_is_described_with_members_and_lag(GroupProtocol protocol)
    {
        await PrepareAsync(partitions: 2, records: 10);
        using (var member = new PolledMember(new ConsumerConfig
        {
            BootstrapServers = BootstrapServers,
            GroupId = _group,
            GroupProtocol = protocol,
            ClientId = "billing",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }))
        {
            member.Consumer.Subscribe(_topic);
            Assert.NotNull(member.Consumer.Consume(Timeout));
            member.Consumer.Commit([new TopicPartitionOffset(_topic, 0, 2)]);

            var type = protocol == GroupProtocol.Consumer ? "consumer" : "classic";
            Assert.Contains(Cells(await RunAsync("list")), row => row is [var id, var listed, "Stable"] && id == _group && listed == type);
            Assert.DoesNotContain(_group, await RunAsync("list", "--state", "Empty"), StringComparison.Ordinal);
            var described = await RunAsync("describe", _group);
            Assert.Contains(Cells(described), row => row is ["STATE", "Stable"]);
            Assert.Contains(Cells(described), row => row is ["TYPE", var shown] && shown == type);
            Assert.Contains(Cells(described), row => row is [_, "0", "2", "5", "3", not "-", not "-"]);
            Assert.Contains(Cells(described), row => row is [_, "1", "-", "5", "-", not "-", not "-"]);
            Assert.Contains(Cells(described), row => row is ["LAG", "3"]);
            Assert.Contains(
                Cells(await RunAsync("describe", _group, "--members")),
                row => row.Contains("billing") && row.Contains($"{_topic}:0,1"));

            Assert.Contains("stop them first", await FailAsync("reset-offsets", _group, "--topic", _topic, "--to-earliest"), StringComparison.Ordinal);
            Assert.Contains("stop them first", await FailAsync("delete", _group), StringComparison.Ordinal);
            Assert.Contains("stop them first", await FailAsync("delete-offsets", _group, "--topic", _topic), StringComparison.Ordinal);
            member.Consumer.Close();
        }

        Assert.Equal(["2"], Committed(await RunAsync("describe", _group)));
    }

    [Fact]
    public async Task Offsets_are_reset_and_a_dry_run_only_says_how()
    {
        await PrepareAsync(partitions: 2, records: 20);

        var plan = await RunAsync("reset-offsets", _group, "--topic", _topic, "--to-latest", "--dry-run");
        Assert.Contains(Cells(plan), row => row is [_, "0", "-", "10", "new"]);
        Assert.Contains("Nothing is changed", plan, StringComparison.Ordinal);
        Assert.Empty(await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic));

        Assert.Equal([10L, 10L], await ResetAsync("--topic", _topic, "--to-latest"));
        Assert.Equal([3L, 10L], await ResetAsync("--topic", $"{_topic}:0", "--to-offset", "3"));
        Assert.Equal([5L, 10L], await ResetAsync("--topic", $"{_topic}:0", "--shift-by", "2"));
        Assert.Equal([0L, 4L], await ResetAsync("--all-topics", "--shift-by", "-6"));
        Assert.Equal([10L, 10L], await ResetAsync("--all-topics", "--to-datetime", "2100-01-01T00:00:00Z"));
        Assert.Equal([0L, 0L], await ResetAsync("--all-topics", "--by-duration", "P1D"));
        Assert.Equal([10L, 0L], await ResetAsync("--topic", $"{_topic}:0", "--to-offset", "1000"));
        Assert.Equal([10L, 0L], await ResetAsync("--all-topics", "--to-current"));
        Assert.Equal([0L, 0L], await ResetAsync("--all-topics", "--to-earliest"));

        await RunAsync("delete-offsets", _group, "--topic", $"{_topic}:1");
        Assert.Equal([KeyValuePair.Create(0, 0L)], await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic));
        await RunAsync("delete", _group);
        Assert.Contains("There is no such group", await FailAsync("describe", _group), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_meant_is_refused_with_a_reason()
    {
        await PrepareAsync(partitions: 1, records: 1);
        Assert.Contains("Say where to", await FailAsync("reset-offsets", _group, "--topic", _topic), StringComparison.Ordinal);
        Assert.Contains("Say where to", await FailAsync("reset-offsets", _group, "--topic", _topic, "--to-latest", "--shift-by", "1"), StringComparison.Ordinal);
        Assert.Contains("Say for what", await FailAsync("reset-offsets", _group, "--to-latest"), StringComparison.Ordinal);
        Assert.Contains("PT2H", await FailAsync("reset-offsets", _group, "--topic", _topic, "--by-duration", "2 moons"), StringComparison.Ordinal);
        Assert.Contains("no partition 7", await FailAsync("reset-offsets", _group, "--topic", $"{_topic}:7", "--to-latest"), StringComparison.Ordinal);
        Assert.Contains("no topic", await FailAsync("reset-offsets", _group, "--topic", "nowhere", "--to-latest"), StringComparison.Ordinal);
        Assert.Contains("HOST:PORT", await FailAsync("list", "--bootstrap-server", "nowhere"), StringComparison.Ordinal);
        Assert.Contains("No broker answers", await FailAsync("list", "--bootstrap-server", "127.0.0.1:1", "--timeout", "1"), StringComparison.Ordinal);
    }

    private async Task PrepareAsync(int partitions, int records)
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, partitions, new Dictionary<string, string>());
        await Client.ProduceAsync(
            BootstrapServers, _topic, [.. Enumerable.Range(0, records).Select(i => TestRecord.Of(i % partitions, "key", $"{i}"))], ProduceOptions.Default);
    }

    private async Task<IEnumerable<long>> ResetAsync(params string[] arguments)
    {
        await RunAsync(["reset-offsets", _group, .. arguments]);
        return (await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic)).OrderBy(offset => offset.Key).Select(offset => offset.Value);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await StartAsync(arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private async Task<string> FailAsync(params string[] arguments)
    {
        var (exitCode, output) = await StartAsync(arguments);
        Assert.True(exitCode == 1, output);
        return output;
    }

    private Task<(int ExitCode, string Output)> StartAsync(string[] arguments) => RunningProcess.RunAsync(
        BrokerProcess.Executable,
        ["group", .. arguments, .. arguments.Contains("--bootstrap-server") ? [] : (string[])["--bootstrap-server", BootstrapServers]],
        Timeout);

    private static IEnumerable<string[]> Cells(string output) =>
        output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> Committed(string described) =>
        Cells(described).Where(row => row.Length == 7 && row[1] == "0").Select(row => row[2]);
}
