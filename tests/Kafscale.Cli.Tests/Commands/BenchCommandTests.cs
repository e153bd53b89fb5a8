using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale bench</c>.</summary>
public sealed class BenchCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    [Fact]
    public async Task Produced_records_are_counted_and_their_topic_goes_again()
    {
        var result = await JsonAsync("bench", "produce", "--count", "1000", "--size", "100", "--clients", "3", "--partitions", "2");

        Assert.Equal(1000, result.GetProperty("records").GetInt64());
        Assert.Equal(1000, result.GetProperty("latencies")[0].GetProperty("count").GetInt64());
        Assert.DoesNotContain("kafscale-bench", await RunAsync("topic", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_are_read_until_there_are_enough()
    {
        var result = await JsonAsync("bench", "consume", "--fill", "100", "--count", "250", "--clients", "2", "--duration", "30s");

        Assert.InRange(result.GetProperty("records").GetInt64(), 250, 251);
    }

    [Fact]
    public async Task Latency_is_that_to_the_acknowledgement_and_that_to_a_consumer()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");

        var shown = await RunAsync("bench", "latency", "--topic", Topic, "--count", "5");

        Assert.Contains(Cells(shown), row => row is ["acknowledged", "5", ..]);
        Assert.Contains(Cells(shown), row => row is ["read", "5", ..]);
        Assert.Equal(6, (await JsonAsync("topic", "describe", Topic))[0].GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task Stopped_early_it_shows_what_it_has_measured_and_deletes_its_topic()
    {
        var running = StartAsync(["bench", "produce", "--rate", "10", "--duration", "1h"]);
        await Eventually.HoldsAsync(
            async () => (await AsOtherAsync("topic", "list")).Contains("kafscale-bench", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        await StopAsync();

        Assert.Equal(130, (await running).ExitCode);
        Assert.Contains("RECORDS-PER-SECOND", (await running).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("kafscale-bench", await AsOtherAsync("topic", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_is_refused()
    {
        Assert.Contains("--duration", await FailAsync("bench", "produce", "--duration", "soon"), StringComparison.Ordinal);
        Assert.Contains("--size", await FailAsync("bench", "produce", "--size", "0"), StringComparison.Ordinal);
        Assert.Contains("There is no topic", await FailAsync("bench", "consume", "--topic", Topic), StringComparison.Ordinal);
    }

    // Stopped commands and others have one token here.
    private async Task<string> AsOtherAsync(params string[] arguments) =>
        (await RunningProcess.RunAsync(BrokerProcess.Executable, [.. arguments, "-b", BootstrapServers], TimeSpan.FromSeconds(60))).Output;
}
