using Confluent.Kafka;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>Consumers of another region, on a real S3 server with two zones and real replication between them.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RegionTests(TwoRegions regions) : IClassFixture<TwoRegions>, IDisposable
{
    private readonly RegionTopic _topic = new(regions.LeaderAddress);

    public void Dispose() => _topic.Dispose();

    [Fact]
    public async Task A_consumer_of_the_far_rack_reads_there_and_gets_everything_while_the_replica_is_behind()
    {
        await _topic.CreateAsync();
        var asked = regions.Metric("kafscale_replica_reads_total");
        using var consumer = _topic.Consume(TwoRegions.Far);
        for (var round = 0; round < 20; round++)
        {
            await _topic.ProduceAsync(round * 10, 10);
            consumer.ReadUntil((round + 1) * 10);
        }

        Assert.Equal(TwoRegions.ReaderId, consumer.BrokerAtEnd());
        Assert.True(regions.Metric("kafscale_replica_reads_total") > asked);
        Assert.True(regions.Metric("kafscale_replica_reads_total", "missing") > 0, "The replica had everything at once.");
        Assert.Equal(0, regions.PrimaryFailures);
    }

    [Fact]
    public async Task Nearly_all_bytes_come_from_a_replica_that_is_well()
    {
        const int Records = 2_000;
        await _topic.CreateAsync(new() { ["segment.ms"] = "1000" });
        await _topic.ProduceAsync(0, Records);

        // What is merged while it is read is not on the replica yet.
        await regions.UntilMergedAsync(_topic.Name, Records * RegionTopic.RecordBytes);
        await regions.UntilReplicatedAsync();
        var (fromReplica, fromPrimary) = Bytes();
        using var consumer = _topic.Consume(TwoRegions.Far);
        consumer.ReadUntil(Records);
        var (fromReplicaNow, fromPrimaryNow) = Bytes();
        Assert.True(
            fromReplicaNow - fromReplica > Records * RegionTopic.RecordBytes,
            $"{fromReplicaNow - fromReplica} bytes came from the replica. {string.Join("; ", regions.Series("kafscale_replica_reads_total"))}");
        Assert.InRange((fromPrimaryNow - fromPrimary) / (fromReplicaNow - fromReplica), 0, 0.02);

        (double, double) Bytes() => (
            regions.Metric("kafscale_replica_read_bytes_total", "source=\"replica\""),
            regions.Metric("kafscale_replica_read_bytes_total", "source=\"primary\""));
    }

    [Fact]
    public async Task A_consumer_of_another_rack_reads_from_the_leader()
    {
        await _topic.CreateAsync();
        await _topic.ProduceAsync(0, 10);
        using var consumer = _topic.Consume("near");
        consumer.ReadUntil(10);
        Assert.Equal(1, consumer.BrokerAtEnd());
    }

    [Fact]
    public async Task A_group_of_the_far_rack_that_begins_at_the_reading_broker_commits_at_the_leader()
    {
        await _topic.CreateAsync();
        await _topic.ProduceAsync(0, 100);
        var config = new ConsumerConfig
        {
            BootstrapServers = regions.ReaderAddress,
            GroupId = _topic.Name,
            ClientRack = TwoRegions.Far,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        };
        for (var half = 0; half < 2; half++)
        {
            using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
            consumer.Subscribe(_topic.Name);
            for (var i = 0; i < 50; i++)
            {
                var record = consumer.Consume(RegionTopic.Patience);
                Assert.Equal((half * 50) + i, record.Offset.Value);
                consumer.Commit(record);
            }

            consumer.Close();
        }
    }
}
