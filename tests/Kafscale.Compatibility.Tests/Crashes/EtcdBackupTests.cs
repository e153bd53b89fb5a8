using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>What docs/operations.md says of snapshots of etcd.</summary>
public sealed class EtcdBackupTests
{
    private const string Topic = "orders";

    [Fact]
    public async Task A_snapshot_is_put_back_where_nothing_was_written_since_and_refused_where_something_was_and_then_a_rebuild_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var etcd = await EtcdCluster.StartAsync();
        var member = etcd.Members[0];
        string[] stores = ["--etcd-endpoints", member.Endpoint.OriginalString, "--object-store", $"file:{folder.File("records")}"];
        await using var broker = await BrokerProcess.StartBrokerAsync(
            [.. stores, "--session-lease-ttl-ms", "4000", "--flush-interval-ms", "10", "--log-level", "warn"]);
        await ConfluentClient.Instance.CreateTopicAsync(broker.BootstrapServers, Topic, 1, new Dictionary<string, string>());
        await ProduceAsync(broker, 1);

        // It holds the session of the broker that runs, whose successor has to wait for the lease.
        var backup = folder.File("backup.db");
        await member.SaveSnapshotAsync(backup);
        Assert.Equal(0, await broker.StopAsync());
        await member.StartAnewAsync(backup);
        await broker.StartAsync();
        Assert.Equal([1], await ReadAsync(broker));

        await ProduceAsync(broker, 2);
        Assert.Equal(0, await broker.StopAsync());
        await member.StartAnewAsync(backup);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(broker.StartAsync);
        Assert.Contains("it is an old copy", refused.Message, StringComparison.Ordinal);

        await member.StartAnewAsync(null);
        foreach (var command in (string[][])[["rebuild", "--dry-run"], ["rebuild"], ["verify"]])
        {
            var (exitCode, output) = await RunningProcess.RunAsync(BrokerProcess.Executable, ["storage", .. command, .. stores], TimeSpan.FromSeconds(60));
            Assert.True(exitCode == 0, output);
        }

        await broker.StartAsync();
        Assert.Equal([1, 2], await ReadAsync(broker));
    }

    private static async Task ProduceAsync(BrokerProcess broker, byte value)
    {
        using var producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = broker.BootstrapServers });
        await producer.ProduceAsync(Topic, new Message<byte[]?, byte[]?> { Value = [value] });
    }

    private static async Task<IEnumerable<byte>> ReadAsync(BrokerProcess broker)
    {
        var ends = await ConfluentClient.EndsAsync(broker.BootstrapServers, Topic);
        var records = await ConfluentClient.Instance.ReadAsync(broker.BootstrapServers, Topic, ReadStart.Beginning, ends);
        return records.SelectMany(record => record.Value!);
    }
}
