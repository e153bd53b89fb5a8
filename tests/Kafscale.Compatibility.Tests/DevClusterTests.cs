using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>Several brokers on one machine, as <c>kafscale dev --brokers</c> runs them.</summary>
public sealed class DevClusterTests
{
    private const string Topic = "topic";
    private const int Partitions = 6;
    private const int RecordsPerRound = 300;

    [Fact]
    public async Task A_cluster_on_a_laptop_goes_on_without_a_killed_broker_and_keeps_its_records()
    {
        using var folder = new TemporaryFolder();
        await using (var cluster = await DevClusterProcess.StartAsync(folder.File("data")))
        {
            await ConfluentClient.Instance.CreateTopicAsync(cluster.BootstrapServers, Topic, Partitions, new Dictionary<string, string>());
            await ProduceAsync(cluster, round: 0);
            await cluster.KillBrokerAsync(index: 1, meanwhile: () => ProduceAsync(cluster, round: 1));
            await ProduceAsync(cluster, round: 2);

            Assert.Contains($"[2] Process {cluster.BrokerProcessIds[1]} ended by signal 9.", cluster.Output, StringComparison.Ordinal);
            await AssertHasAsync(cluster, rounds: 3);
            Assert.Equal(0, await cluster.StopAsync());
        }

        await using var again = await DevClusterProcess.StartAsync(folder.File("data"));
        await ProduceAsync(again, round: 3);
        await AssertHasAsync(again, rounds: 4);
        Assert.Equal(0, await again.StopAsync());
    }

    private static TestRecord[] Round(int round) =>
        [.. Enumerable.Range(round * RecordsPerRound, RecordsPerRound).Select(i => TestRecord.Of(i % Partitions, $"key {i}", $"value {i}"))];

    private static Task ProduceAsync(DevClusterProcess cluster, int round) =>
        ConfluentClient.Instance.ProduceAsync(cluster.BootstrapServers, Topic, Round(round), new ProduceOptions { Idempotent = true });

    private static async Task AssertHasAsync(DevClusterProcess cluster, int rounds)
    {
        var ends = await ConfluentClient.EndsAsync(cluster.BootstrapServers, Topic);
        var received = await ConfluentClient.Instance.ReadAsync(cluster.BootstrapServers, Topic, ReadStart.Beginning, ends);
        var actual = received.ToLookup(record => record.Partition);
        foreach (var partition in Enumerable.Range(0, rounds).SelectMany(Round).GroupBy(record => record.Partition))
        {
            Assert.Equal(partition.Select(record => record.Content), actual[partition.Key].Select(record => record.Content));
        }
    }
}
