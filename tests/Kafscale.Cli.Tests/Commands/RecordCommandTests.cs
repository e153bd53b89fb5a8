using System.Text;
using System.Text.Json;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale produce</c> and <c>kafscale consume</c>.</summary>
public sealed class RecordCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Arguments_are_records()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        Assert.Equal($"2 records are written to {Topic}.\n", await RunAsync("produce", Topic, "hello", "world"));
        Assert.Equal($"1 record is written to {Topic}, partition 0, offset 2.\n", await RunAsync("produce", Topic, "!"));

        Assert.Equal("hello\nworld\n!\n", await RunAsync("consume", Topic));
    }

    [Fact]
    public async Task Lines_of_the_standard_input_are_records_also_the_last_one_without_an_end()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        await ProduceAsync("one\n\nthree", Topic);

        Assert.Equal("one\n\nthree\n", await RunAsync("consume", Topic));
    }

    [Fact]
    public async Task Key_headers_partition_and_time_are_as_they_are_said()
    {
        await RunAsync("topic", "create", Topic, "-p", "3");
        await ProduceAsync("a:1\nb:2:3\nno key\n", Topic, "-K", ":", "-H", "trace=x", "-H", "trace=y", "-p", "2", "--timestamp", "2026-03-01T12:00:00Z");

        var records = await JsonLinesAsync("consume", Topic, "--output", "json");

        Assert.Equal(["a", "b", null], records.Select(record => record.GetProperty("key").GetString()));
        Assert.Equal(["1", "2:3", "no key"], records.Select(record => record.GetProperty("value").GetString()));
        Assert.All(records, record => Assert.Equal(2, record.GetProperty("partition").GetInt32()));
        Assert.All(records, record => Assert.Equal(1772366400000, record.GetProperty("timestamp").GetInt64()));
        Assert.All(records, record => Assert.Equal(
            ["trace=x", "trace=y"], record.GetProperty("headers").EnumerateArray().Select(header => $"{header.GetProperty("key")}={header.GetProperty("value")}")));
        Assert.Equal(
            "2 0 2026-03-01T12:00:00.000Z trace=x,trace=y a 1\n",
            await RunAsync("consume", Topic, "-n", "1", "--show", "key,headers,timestamp,offset,partition", "--separator", " "));
    }

    [Fact]
    public async Task Tombstones_have_a_key_and_no_value()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "--key", "a", "--tombstone");
        await ProduceAsync("b\nc\n", Topic, "--tombstone");

        var records = await JsonLinesAsync("consume", Topic, "--output", "json");

        Assert.Equal(["a", "b", "c"], records.Select(record => record.GetProperty("key").GetString()));
        Assert.All(records, record => Assert.Equal(JsonValueKind.Null, record.GetProperty("value").ValueKind));
    }

    [Fact]
    public async Task What_is_written_as_JSON_can_be_produced_again_whatever_its_bytes_are()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("topic", "create", Topic + "-copy", "-p", "1");
        await ProduceAsync("00ff:c3a4\n6b:\n", Topic, "--input", "hex", "-K", ":", "-H", "h=ü");
        await RunAsync("produce", Topic, "--tombstone", "--key", "t");

        var written = await RunAsync("consume", Topic, "--output", "json");
        await ProduceAsync(written, Topic + "-copy", "--input", "json");

        Assert.Equal(written.Replace(Topic, Topic + "-copy", StringComparison.Ordinal), await RunAsync("consume", Topic + "-copy", "--output", "json"));
        Assert.Equal("00ff\tc3a4\n6b\t\n74\t\n", await RunAsync("consume", Topic + "-copy", "--output", "hex", "--show", "key"));
    }

    [Fact]
    public async Task A_whole_file_is_one_record_byte_for_byte()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        byte[] bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];
        await File.WriteAllBytesAsync(Folder.File("in"), bytes);

        await RunAsync("produce", Topic, "--input", "whole", "--file", Folder.File("in"), "--compression", "zstd");
        await RunAsync("consume", Topic, "--format", "%v", "--file", Folder.File("out"));

        Assert.Equal(bytes, await File.ReadAllBytesAsync(Folder.File("out")));
    }

    [Fact]
    public async Task Offsets_and_times_say_where_to_begin_and_to_end()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "old", "--timestamp", "-2h");
        await RunAsync("produce", Topic, "older", "--timestamp", "-1h");
        await RunAsync("produce", Topic, "new");

        Assert.Equal("older\nnew\n", await RunAsync("consume", Topic, "--from", "1"));
        Assert.Equal("old\n", await RunAsync("consume", Topic, "--to", "1"));
        Assert.Equal("older\n", await RunAsync("consume", Topic, "--from", "-90m", "--to", "-30m"));
        Assert.Equal("new\n", await RunAsync("consume", Topic, "--from", "-5m"));
        Assert.Equal("old\nolder\n", await RunAsync("consume", Topic, "--count", "2"));
        Assert.Equal("", await RunAsync("consume", Topic, "--from", "end"));
        Assert.Equal("", await RunAsync("consume", Topic, "--from", "1000"));
    }

    [Fact]
    public async Task The_last_records_of_all_partitions_come_in_the_order_of_their_times()
    {
        await RunAsync("topic", "create", Topic, "-p", "3");
        for (var i = 0; i < 9; i++)
        {
            await RunAsync("produce", Topic, $"{i}", "-p", $"{i % 3}", "--timestamp", $"-{100 - i}m");
        }

        Assert.Equal("5\n6\n7\n8\n", await RunAsync("consume", Topic, "--last", "4"));
        Assert.Equal("7\n", await RunAsync("consume", $"{Topic}:1", "--last", "1"));
        Assert.Equal("6\n", await RunAsync("consume", Topic, "--partition", "0", "--last", "1"));
    }

    [Fact]
    public async Task Following_waits_for_exactly_as_many_records_as_are_asked_for()
    {
        await RunAsync("topic", "create", Topic, "-p", "2");
        await RunAsync("produce", Topic, "1");

        var consuming = RunAsync("consume", Topic, "--follow", "--count", "3");
        await RunAsync("produce", Topic, "2", "3", "4", "5");

        Assert.Equal(3, (await consuming).Count(character => character == '\n'));
    }

    [Fact]
    public async Task A_member_of_a_group_goes_on_where_the_last_one_has_ended()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "1", "2", "3");

        Assert.Equal("1\n2\n", await RunAsync("consume", Topic, "--group", Group, "--count", "2"));
        Assert.Equal("3\n", await RunAsync("consume", Topic, "--group", Group));
        Assert.Contains(Cells(await RunAsync("group", "describe", Group)), row => row is ["LAG", "0"]);
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_its_input_it_sends_what_it_has_read()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        var input = new EndlessInput("one\ntwo\n");

        var producing = StartAsync(["produce", Topic], input);
        await input.IsRead;
        await StopAsync();

        Assert.Equal(130, (await producing).ExitCode);
        Assert.Equal($"2 records are written to {Topic}.\n", (await producing).Output);
    }

    [Fact]
    public async Task Stopped_while_it_follows_it_ends_well()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        await RunAsync("produce", Topic, "1");
        await using var consuming = RunningProcess.Start(BrokerProcess.Executable, ["consume", Topic, "--follow", "-b", BootstrapServers]);
        Assert.Equal("1", await consuming.ReadStandardOutputLineAsync(TestContext.Current.CancellationToken));

        consuming.Send(Signal.Interrupt);

        Assert.Equal(0, await consuming.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task Nobody_reading_any_more_ends_it_without_a_word()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "1", "2");

        var (exitCode, output) = await RunningProcess.RunAsync(
            "/bin/bash",
            ["-c", "set -o pipefail; \"$0\" consume \"$1\" --follow -b \"$2\" | { read -r line; echo \"read $line\"; exec <&-; \"$0\" produce \"$1\" 3 -b \"$2\"; }", BrokerProcess.Executable, Topic, BootstrapServers],
            Patience);

        Assert.Equal((0, $"read 1\n1 record is written to {Topic}, partition 0, offset 2.\n"), (exitCode, output));
    }

    [Fact]
    public async Task A_line_that_is_no_record_is_named_and_what_came_before_it_is_written()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        var result = await StartAsync(["produce", Topic, "--input", "json"], new MemoryStream("{\"value\":\"1\"}\n{\"vlaue\":\"2\"}\n"u8.ToArray()));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Line 2: \"vlaue\" is nothing that a record has", result.Error, StringComparison.Ordinal);
        Assert.Equal("1\n", await RunAsync("consume", Topic));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_a_reason()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        Assert.Contains("no partition 7", await FailAsync("consume", $"{Topic}:7"), StringComparison.Ordinal);
        Assert.Contains("There is no topic", await FailAsync("consume", Topic + "-other"), StringComparison.Ordinal);
        Assert.Contains("--from is 'beginning'", await FailAsync("consume", Topic, "--from", "soon"), StringComparison.Ordinal);
        Assert.Contains("%z", await FailAsync("consume", Topic, "--format", "%z"), StringComparison.Ordinal);
        Assert.Contains("--show has colour", await FailAsync("consume", Topic, "--show", "colour"), StringComparison.Ordinal);
        Assert.Contains("--group", await FailAsync("consume", Topic, "--group", Group, "--last", "1"), StringComparison.Ordinal);
        Assert.Contains("are not written", await FailAsync("produce", Topic, "x", "--partition", "7", "--timeout", "2"), StringComparison.Ordinal);
        Assert.Contains("--compression", await FailAsync("produce", Topic, "x", "--compression", "rar"), StringComparison.Ordinal);
    }

    private async Task ProduceAsync(string input, params string[] arguments)
    {
        var result = await StartAsync(["produce", .. arguments], new MemoryStream(Encoding.UTF8.GetBytes(input)));
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private async Task<List<JsonElement>> JsonLinesAsync(params string[] arguments) =>
        [.. (await RunAsync(arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
