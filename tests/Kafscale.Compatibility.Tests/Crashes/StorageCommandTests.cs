using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>The storage commands of the executable, on what killed brokers have left.</summary>
[Collection(nameof(AloneCollection))]
public sealed class StorageCommandTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private const int Partitions = 3;
    private const int Producers = 2;
    private const int Rounds = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lost_metadata_are_rebuilt_from_a_folder_and_producers_go_on()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        await LoseMetadataAgainAndAgainAsync(broker, ["--data-dir", broker.DataDirectory], variables: []);
    }

    [Fact]
    public async Task Lost_metadata_are_rebuilt_from_a_bucket_and_producers_go_on()
    {
        var bucket = await (await gateway.GetAsync()).CreateBucketAsync();
        await using var broker = await BrokerProcess.StartOnS3Async(bucket);
        await LoseMetadataAgainAndAgainAsync(broker, ["--metadata", $"sqlite:{broker.DataDirectory}/metadata.db"], VariablesOf(bucket));
    }

    private async Task LoseMetadataAgainAndAgainAsync(BrokerProcess broker, string[] arguments, Dictionary<string, string> variables)
    {
        var topic = $"rebuilt-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(broker.BootstrapServers, topic, Partitions, new Dictionary<string, string> { ["segment.bytes"] = "1048576" });
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers);
        for (var round = 1; round <= Rounds; round++)
        {
            await load.WaitForAcknowledgementsAsync(2_000, Patience);
            await broker.KillAsync();
            Assert.Equal(0, await RunAsync(["gc", "--min-age-sec", "0", .. arguments], variables));
            Assert.Equal(0, await RunAsync(["verify", .. arguments], variables));
            foreach (var file in Directory.EnumerateFiles(broker.DataDirectory, "metadata.db*"))
            {
                File.Delete(file);
            }

            // It does not take the bucket for that of another cluster.
            Assert.Equal(1, await RunAsync(["gc", .. arguments], variables));
            Assert.Equal(0, await RunAsync(["rebuild", "--dry-run", .. arguments], variables));
            Assert.Equal(0, await RunAsync(["rebuild", .. arguments], variables));
            Assert.Equal(1, await RunAsync(["rebuild", .. arguments], variables));
            Assert.Equal(0, await RunAsync(["verify", "--json", .. arguments], variables));
            await broker.StartAsync();
            await NumberedLog.AssertHoldsAsync(broker, topic, load, $"after rebuild {round}");
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(load.Sent, load.Acknowledged.Count);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "at the end");
    }

    private async Task<int> RunAsync(IEnumerable<string> arguments, Dictionary<string, string> variables)
    {
        await using var process = RunningProcess.Start(BrokerProcess.Executable, ["storage", .. arguments, "--log-level", "warn"], variables);
        var exitCode = await process.WaitForExitAsync(Patience);
        output.WriteLine($"{string.Join(' ', arguments)}: {exitCode}\n{process.Output}");
        return exitCode;
    }

    private static Dictionary<string, string> VariablesOf(S3Options bucket) => new()
    {
        ["KAFSCALE_S3_BUCKET"] = bucket.Bucket,
        ["KAFSCALE_S3_ENDPOINT"] = bucket.Endpoint!.OriginalString,
        ["KAFSCALE_S3_ACCESS_KEY"] = bucket.Credentials!.AccessKey,
        ["KAFSCALE_S3_SECRET_KEY"] = bucket.Credentials.SecretKey,
    };
}
