using System.Diagnostics;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>What producers were told holds, however the broker ends.</summary>
[Collection(nameof(AloneCollection))]
public sealed class CrashTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Producers = 3;
    private const int Reads = 4;
    private const int MaxAcknowledgementsPerRound = 3000;
    private const int MaxDelayMs = 40;

    // With small segments, so that merging and the removal of what is merged are killed as well.
    private static readonly string[] FrequentChecks = ["--log-retention-check-interval-ms", "200"];

    private static readonly TimeSpan MaxStartDuration = TimeSpan.FromSeconds(2);

    // The start probes the bucket, and the server runs on the same machine.
    private static readonly TimeSpan MaxStartDurationOverS3 = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxStopDuration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public Task What_is_acknowledged_survives_a_kill_at_any_moment_once_and_in_order() => KillAgainAndAgainAsync(rounds: 20);

    [Fact]
    [Trait("Category", "Long")]
    public Task What_is_acknowledged_survives_two_hundred_kills() => KillAgainAndAgainAsync(rounds: 200);

    [Fact]
    public Task What_is_acknowledged_survives_kills_over_S3() => KillOverS3AgainAndAgainAsync(rounds: 8);

    [Fact]
    [Trait("Category", "Long")]
    public Task What_is_acknowledged_survives_two_hundred_kills_over_S3() => KillOverS3AgainAndAgainAsync(rounds: 200);

    [Fact]
    public async Task A_graceful_stop_is_quick_with_clients_connected_and_loses_nothing()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        var topic = await CreateTopicAsync(broker);
        var observed = new Observed();
        await using var idle = await ConfluentClient.Instance.ReadFromEndAsync(broker.BootstrapServers, await CreateTopicAsync(broker), observed);
        await using var member = await ConfluentClient.Instance.JoinGroupAsync(broker.BootstrapServers, "members", topic, observed);
        await idle.WaitUntilReadyAsync();
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers);

        for (var round = 1; round <= 3; round++)
        {
            await load.WaitForAcknowledgementsAsync(2000, RoundTimeout);
            var started = Stopwatch.GetTimestamp();
            var exitCode = await broker.StopAsync();
            var stopDuration = Stopwatch.GetElapsedTime(started);
            output.WriteLine($"round {round}: {load.Acknowledged.Count} acknowledged, stopped after {stopDuration.TotalMilliseconds:F0} ms");
            Assert.Equal(0, exitCode);
            Assert.True(stopDuration < MaxStopDuration, $"The stop took {stopDuration}.");
            await broker.StartAsync();
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(load.Sent, load.Acknowledged.Count);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "after graceful stops");
        await NumberedLog.AssertReadsAllAsync(member, load);
    }

    private async Task KillAgainAndAgainAsync(int rounds)
    {
        await using var broker = await BrokerProcess.StartDevAsync(FrequentChecks);
        await KillAgainAndAgainAsync(broker, rounds, MaxStartDuration);
        Assert.NotEmpty(Directory.EnumerateFiles(broker.DataDirectory, "segment-*.kfs", SearchOption.AllDirectories));
    }

    private async Task KillOverS3AgainAndAgainAsync(int rounds)
    {
        var bucket = await (await gateway.GetAsync()).CreateBucketAsync();
        await using var broker = await BrokerProcess.StartOnS3Async(bucket, FrequentChecks);
        await KillAgainAndAgainAsync(broker, rounds, MaxStartDurationOverS3);
    }

    private async Task KillAgainAndAgainAsync(BrokerProcess broker, int rounds, TimeSpan maxStartDuration)
    {
        var seed = Environment.GetEnvironmentVariable("CRASH_SEED") is { } given ? int.Parse(given) : Random.Shared.Next();
        output.WriteLine($"CRASH_SEED={seed}");
        var random = new Random(seed);
        var topic = await CreateTopicAsync(broker, ("segment.bytes", "1048576"));
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers);
        await using var member = await ConfluentClient.Instance.JoinGroupAsync(broker.BootstrapServers, "members", topic, new Observed());
        var startDurations = new List<TimeSpan>();

        for (var round = 1; round <= rounds; round++)
        {
            await load.WaitForAcknowledgementsAsync(1 + random.Next(MaxAcknowledgementsPerRound), RoundTimeout);
            await Task.Delay(random.Next(MaxDelayMs));
            await broker.KillAsync();
            Assert.DoesNotContain(" fail: ", broker.Output, StringComparison.Ordinal);
            await broker.StartAsync();

            output.WriteLine($"round {round}: {load.Acknowledged.Count} acknowledged, ready after {broker.StartDuration.TotalMilliseconds:F0} ms");
            startDurations.Add(broker.StartDuration);
            if (round % (rounds / Reads) == 0)
            {
                await NumberedLog.AssertHoldsAsync(broker, topic, load, $"seed {seed}, round {round}");
            }
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(load.Sent, load.Acknowledged.Count);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, $"seed {seed}, at the end");
        Assert.Equal(load.Sent, (await ConfluentClient.EndsAsync(broker.BootstrapServers, topic)).Values.Sum());
        await NumberedLog.AssertReadsAllAsync(member, load);

        // A busy machine has pauses of its own: one start in twenty may fall into one.
        var slow = startDurations.Where(duration => duration >= maxStartDuration).ToArray();
        Assert.True(slow.Length <= rounds / 20, $"seed {seed}: {slow.Length} starts took too long: {string.Join(", ", slow)}.");
    }

    private static async Task<string> CreateTopicAsync(BrokerProcess broker, params (string Name, string Value)[] configs)
    {
        var topic = $"crash-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(
            broker.BootstrapServers, topic, Partitions, configs.ToDictionary(config => config.Name, config => config.Value));
        return topic;
    }
}
