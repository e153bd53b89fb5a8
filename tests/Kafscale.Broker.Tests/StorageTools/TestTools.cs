using Kafscale.Broker.StorageTools;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.StorageTools;

/// <summary>The storage commands on the stores of a test.</summary>
internal static class TestTools
{
    private static readonly StorageToolsOptions Options = new() { MinimumAge = TimeSpan.Zero };

    /// <summary>Collects garbage, or only names it.</summary>
    public static async Task<List<GarbageFound>> CollectAsync(TestCluster cluster, bool isDryRun = false)
    {
        var found = new List<GarbageFound>();
        await using var run = new GarbageRun(
            cluster.Objects, cluster.Metadata, Options, isDryRun, found.Add, cluster.TimeProvider, new Random(5), NullLoggerFactory.Instance);
        await run.RunAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        return found;
    }

    public static async Task<VerifyReport> VerifyAsync(TestCluster cluster, bool withMetadata = true, string? topic = null, Action<VerifyProgress>? progress = null) =>
        await new StorageVerification(cluster.Objects, withMetadata ? cluster.Metadata : null, Options, topic, progress ?? (_ => { }))
            .RunAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);

    /// <summary>Expects that nothing is wrong, with and without the metadata.</summary>
    public static async Task<VerifyReport> AssertSoundAsync(TestCluster cluster)
    {
        Assert.Empty((await VerifyAsync(cluster, withMetadata: false)).Problems);
        var report = await VerifyAsync(cluster);
        Assert.Empty(report.Problems);
        return report;
    }

    /// <summary>Expects that nothing is wrong and that there is nothing to collect.</summary>
    public static async Task AssertCleanAsync(TestCluster cluster)
    {
        Assert.Empty(await CollectAsync(cluster, isDryRun: true));
        Assert.Equal(0, (await AssertSoundAsync(cluster)).UnreferencedObjects);
    }

    /// <summary>Rebuilds the metadata of a cluster into a store.</summary>
    public static async Task<RebuildPlan> RebuildAsync(TestCluster cluster, IMetadataStore target)
    {
        var rebuild = new StorageRebuild(cluster.Objects, target, Options, cluster.TimeProvider, new Random(7));
        var plan = await rebuild.PlanAsync(TestCluster.Cancelled);
        await rebuild.ExecuteAsync(plan, TestCluster.Cancelled);
        return plan;
    }
}
