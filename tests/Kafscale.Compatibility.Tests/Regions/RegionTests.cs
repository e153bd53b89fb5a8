using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>Consumers of another region, on a real S3 server with two zones and real replication between them.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RegionTests(TwoRegions regions) : IClassFixture<TwoRegions>, IDisposable
{
    private const int RecordBytes = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly IProducer<Null, byte[]> _producer = new ProducerBuilder<Null, byte[]>(
        new ProducerConfig { BootstrapServers = regions.LeaderAddress, EnableIdempotence = true, LingerMs = 1 }).Build();

    [Fact]
    public async Task A_consumer_of_the_far_rack_reads_there_and_gets_everything_while_the_replica_is_behind()
    {
        await CreateTopicAsync();
        var asked = regions.Metric("kafscale_replica_reads_total");
        using var consumer = Consume(TwoRegions.Far);
        for (var round = 0; round < 20; round++)
        {
            await ProduceAsync(round * 10, 10);
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
        await CreateTopicAsync();
        await ProduceAsync(0, Records);
        await regions.UntilReplicatedAsync();
        var (fromReplica, fromPrimary) = Bytes();
        using var consumer = Consume(TwoRegions.Far);
        consumer.ReadUntil(Records);
        var (fromReplicaNow, fromPrimaryNow) = Bytes();
        Assert.True(fromReplicaNow - fromReplica > Records * RecordBytes);
        Assert.InRange((fromPrimaryNow - fromPrimary) / (fromReplicaNow - fromReplica), 0, 0.02);

        (double, double) Bytes() => (
            regions.Metric("kafscale_replica_read_bytes_total", "source=\"replica\""),
            regions.Metric("kafscale_replica_read_bytes_total", "source=\"primary\""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_consumer_gets_everything_while_the_replica_hangs_or_is_gone_and_reads_there_again_afterwards(bool hangs)
    {
        await CreateTopicAsync();
        await ProduceAsync(0, 300);
        var failedBefore = regions.PrimaryFailures;
        if (hangs)
        {
            regions.FarZone.Send(Signal.Stop);
        }
        else
        {
            await regions.FarZone.KillAsync();
        }

        try
        {
            using var consumer = Consume(TwoRegions.Far);
            for (var round = 0; round < 10; round++)
            {
                await ProduceAsync(300 + (round * 10), 10);
                consumer.ReadUntil(300 + ((round + 1) * 10));
            }

            Assert.Equal(1, regions.Metric("kafscale_replica_suspended"));
            Assert.Equal(failedBefore, regions.PrimaryFailures);
            await Testing.Eventually.HoldsAsync(() => regions.Metric("kafscale_replica_lag_seconds") > 0, Patience);
        }
        finally
        {
            if (hangs)
            {
                regions.FarZone.Send(Signal.Continue);
            }
            else
            {
                await regions.FarZone.StartAsync();
            }
        }

        // A probe is made beside a read, so there must be reads.
        var next = 400;
        using var follower = Consume(TwoRegions.Far);
        await Testing.Eventually.HoldsAsync(
            async () =>
            {
                await ProduceAsync(next, 1);
                follower.ReadUntil(++next);
                return regions.Metric("kafscale_replica_suspended") == 0;
            },
            Patience);
    }

    [Fact]
    public async Task A_consumer_of_another_rack_reads_from_the_leader()
    {
        await CreateTopicAsync();
        await ProduceAsync(0, 10);
        using var consumer = Consume("near");
        consumer.ReadUntil(10);
        Assert.Equal(1, consumer.BrokerAtEnd());
    }

    [Fact]
    public async Task A_group_of_the_far_rack_that_begins_at_the_reading_broker_commits_at_the_leader()
    {
        await CreateTopicAsync();
        await ProduceAsync(0, 100);
        var config = new ConsumerConfig
        {
            BootstrapServers = regions.ReaderAddress,
            GroupId = _topic,
            ClientRack = TwoRegions.Far,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        };
        for (var half = 0; half < 2; half++)
        {
            using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
            consumer.Subscribe(_topic);
            for (var i = 0; i < 50; i++)
            {
                var record = consumer.Consume(Patience);
                Assert.Equal((half * 50) + i, record.Offset.Value);
                consumer.Commit(record);
            }

            consumer.Close();
        }
    }

    public void Dispose() => _producer.Dispose();

    private RegionConsumer Consume(string rack) => new(regions.LeaderAddress, _topic, rack, Patience);

    private async Task CreateTopicAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = regions.LeaderAddress }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = _topic, NumPartitions = 1 }]);
    }

    private async Task ProduceAsync(int first, int count) => await Task.WhenAll(Enumerable.Range(first, count).Select(
        number => _producer.ProduceAsync(_topic, new Message<Null, byte[]> { Value = RegionConsumer.ValueOf(number, RecordBytes) })));
}
