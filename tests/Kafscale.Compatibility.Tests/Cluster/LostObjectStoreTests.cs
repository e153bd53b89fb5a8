using System.Diagnostics;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>One of three broker processes loses its way to the bucket, for as long as it takes until others lead in its place.</summary>
[Collection(nameof(AloneCollection))]
public sealed class LostObjectStoreTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private static readonly TimeSpan MaxTakeOver = TimeSpan.FromSeconds(45);

    // It is taken for well when the store has been healthy for half a minute.
    private static readonly TimeSpan MaxReturn = TimeSpan.FromSeconds(120);

    [Fact]
    [Trait("Category", "Long")]
    public async Task Others_lead_what_a_broker_led_that_is_cut_off_from_its_bucket_until_it_is_back()
    {
        await using var cluster = await BrokerCluster.StartAsync(await gateway.GetAsync());
        await using var load = await ClusterLoad.StartAsync(cluster);
        var topic = load.TopicNames[0];
        var cutOff = await cluster.LeaderOfAsync(topic, partition: 0);

        var started = Stopwatch.GetTimestamp();
        cutOff.S3.Cut();
        await Eventually.HoldsAsync(
            async () => (await cluster.LeadersAsync(topic)).Values.All(leader => leader >= 0 && leader != cutOff.Id), MaxTakeOver, "others lead");
        output.WriteLine($"others lead after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        await load.WaitForProgressAsync();

        started = Stopwatch.GetTimestamp();
        cutOff.S3.Mend();
        await Eventually.HoldsAsync(async () => (await cluster.LeadersAsync(topic)).Values.Contains(cutOff.Id), MaxReturn, "it leads again");
        output.WriteLine($"it leads again after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        await load.WaitForProgressAsync();

        await load.AssertNothingIsLostAsync();
    }
}
