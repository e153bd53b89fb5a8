using System.Diagnostics;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>How long three brokers take to create very many partitions, to tell clients of them, and to come back to them.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ManyPartitionsTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private const short CreateTopicsVersion = 7;
    private const short MetadataVersion = 12;
    private const int MetadataRequests = 20;
    private const int Restarts = 3;
    private const int WarmPartitions = 3;

    private static readonly TimeSpan MaxCreation = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxMetadata = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxRestart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_thousand_partitions_are_created_and_led_again_after_a_restart()
    {
        await using var cluster = await StartAsync();

        var creation = await MeasureCreationAsync(cluster, topics: 10, partitionsEach: 100);
        await MeasureMetadataAsync(cluster, 1_000);
        await MeasureRestartAsync(cluster.Brokers[1].Process);
        await MeasureMetadataAsync(cluster, 1_000);

        Assert.True(creation < MaxCreation, $"The creation took {creation}.");
    }

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(10, 1_000)]
    [InlineData(1_000, 10)]
    [Trait("Category", "Long")]
    public async Task Ten_thousand_partitions_are_created_described_and_led_again_in_time(int topics, int partitionsEach)
    {
        await using var cluster = await StartAsync();

        var creation = await MeasureCreationAsync(cluster, topics, partitionsEach);
        var metadata = await MeasureMetadataAsync(cluster, topics * partitionsEach);
        var restarts = new List<TimeSpan>();
        for (var i = 0; i < Restarts; i++)
        {
            restarts.Add(await MeasureRestartAsync(cluster.Brokers[1].Process));
        }

        await MeasureMetadataAsync(cluster, topics * partitionsEach);
        Assert.True(creation < MaxCreation, $"The creation took {creation}.");
        Assert.True(metadata < MaxMetadata, $"Metadata for all took {metadata}.");
        Assert.True(restarts.Min() < MaxRestart, $"The restarts took {string.Join(", ", restarts)}.");
    }

    // What is compiled at its first use is no part of what is measured.
    private async Task<BrokerCluster> StartAsync()
    {
        var cluster = await BrokerCluster.StartAsync(await gateway.GetAsync());
        foreach (var broker in cluster.Brokers)
        {
            using var connection = await RawConnection.OpenAsync(broker.Process.Port);
            await CreateAsync(connection, $"warm-{broker.Id}", topics: 1, WarmPartitions);
            await DescribeAsync(connection);
        }

        return cluster;
    }

    // From the request until all partitions have leaders, which is when it is answered.
    private async Task<TimeSpan> MeasureCreationAsync(BrokerCluster cluster, int topics, int partitionsEach)
    {
        using var broker = await RawConnection.OpenAsync(cluster.Brokers[0].Process.Port);
        var started = Stopwatch.GetTimestamp();
        await CreateAsync(broker, "many", topics, partitionsEach);
        var duration = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"{topics} x {partitionsEach} partitions: created and led after {duration.TotalMilliseconds:F0} ms");
        Assert.Equal((topics * partitionsEach) + (BrokerCluster.BrokerCount * WarmPartitions), CountLed(await DescribeAsync(broker)));
        return duration;
    }

    // The median of the slowest broker.
    private async Task<TimeSpan> MeasureMetadataAsync(BrokerCluster cluster, int partitions)
    {
        var slowest = TimeSpan.Zero;
        foreach (var broker in cluster.Brokers)
        {
            using var connection = await RawConnection.OpenAsync(broker.Process.Port);
            await Eventually.HoldsAsync(async () => CountLed(await DescribeAsync(connection)) >= partitions, Patience, "every broker knows of all leaders");
            var durations = new List<TimeSpan>();
            for (var i = 0; i < MetadataRequests; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await DescribeAsync(connection);
                durations.Add(Stopwatch.GetElapsedTime(started));
            }

            durations.Sort();
            var median = durations[durations.Count / 2];
            slowest = median > slowest ? median : slowest;
            output.WriteLine(
                $"broker {broker.Id}: Metadata after {median.TotalMilliseconds:F1} ms (slowest {durations[^1].TotalMilliseconds:F1} ms), "
                + $"{BrokerMemory.ResidentBytes(broker.Process.ProcessId) / BrokerMemory.Mebibyte} MiB resident");
        }

        return slowest;
    }

    // From the start of the process until it is ready, which it is when it serves what is assigned to it.
    private async Task<TimeSpan> MeasureRestartAsync(BrokerProcess broker)
    {
        await broker.StopAsync();
        await broker.StartAsync();
        using var process = Process.GetProcessById(broker.ProcessId);
        output.WriteLine($"ready again after {broker.StartDuration.TotalMilliseconds:F0} ms, {process.TotalProcessorTime.TotalMilliseconds:F0} ms of them computing");
        return broker.StartDuration;
    }

    private static int CountLed(MetadataResponse response) =>
        response.Topics.Sum(topic => topic.Partitions.Count(partition => partition.ErrorCode == ErrorCode.None));

    private static async Task CreateAsync(RawConnection broker, string name, int topics, int partitionsEach)
    {
        var response = await broker.AskAsync<CreateTopicsResponse>(
            new CreateTopicsRequest
            {
                TimeoutMs = (int)Patience.TotalMilliseconds,
                Topics =
                [
                    .. Enumerable.Range(0, topics).Select(number => new CreateTopicsRequest.CreatableTopic
                    {
                        Name = $"{name}-{number:D4}",
                        NumPartitions = partitionsEach,
                        ReplicationFactor = -1,
                    }),
                ],
            },
            CreateTopicsVersion);
        Assert.All(response.Topics, topic => Assert.Equal(ErrorCode.None, topic.ErrorCode));
    }

    private static Task<MetadataResponse> DescribeAsync(RawConnection broker) =>
        broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = null }, MetadataVersion);
}
