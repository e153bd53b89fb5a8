using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>Consumers of a region whose replica is in trouble; a class of its own, because replication takes its time to recover.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RegionOutageTests(TwoRegions regions) : IClassFixture<TwoRegions>, IDisposable
{
    private readonly RegionTopic _topic = new(regions.LeaderAddress);

    public void Dispose() => _topic.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_consumer_gets_everything_while_the_replica_hangs_or_is_gone_and_reads_there_again_afterwards(bool hangs)
    {
        await _topic.CreateAsync();
        await _topic.ProduceAsync(0, 300);
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
            using var consumer = _topic.Consume(TwoRegions.Far);
            for (var round = 0; round < 10; round++)
            {
                await _topic.ProduceAsync(300 + (round * 10), 10);
                consumer.ReadUntil(300 + ((round + 1) * 10));
            }

            Assert.Equal(1, regions.Metric("kafscale_replica_suspended"));
            Assert.Equal(failedBefore, regions.PrimaryFailures);
            await Eventually.HoldsAsync(() => regions.Metric("kafscale_replica_lag_seconds") > 0, RegionTopic.Patience);
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
        using var follower = _topic.Consume(TwoRegions.Far);
        await Eventually.HoldsAsync(
            async () =>
            {
                await _topic.ProduceAsync(next, 1);
                follower.ReadUntil(++next);
                return regions.Metric("kafscale_replica_suspended") == 0;
            },
            RegionTopic.Patience);
    }

    [Fact]
    public async Task A_consumer_gets_everything_while_the_replica_answers_with_errors()
    {
        const string Rack = "denied";
        await using var reader = await regions.StartReaderWithWrongCredentialsAsync(3, Rack);
        await _topic.CreateAsync();
        await _topic.ProduceAsync(0, 300);
        using var consumer = _topic.Consume(Rack);
        consumer.ReadUntil(300);
        Assert.Equal(3, consumer.BrokerAtEnd());
        Assert.True(regions.Metric("kafscale_replica_reads_total", "failed") > 0);
    }
}
