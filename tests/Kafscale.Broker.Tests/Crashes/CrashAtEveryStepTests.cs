using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Tests.Support;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing.Rados;

[assembly: AssemblyFixture(typeof(SharedRadosGateway))]

namespace Kafscale.Broker.Tests.Crashes;

/// <summary>
/// Each story is told once for every operation in it that changes something in a store, and the broker crashes there: before the
/// operation takes effect, after it, or while it is on its way and takes effect only when another broker has taken over.
/// </summary>
public sealed class CrashAtEveryStepTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private const int MostSteps = 200;
    private const int SideBySide = 8;
    private const int UsualSteps = 40;

    private static readonly CrashEffect[] Effects = Enum.GetValues<CrashEffect>();

    public static TheoryData<string> Stories => [.. CrashStories.All.Keys];

    [Theory]
    [MemberData(nameof(Stories))]
    public Task A_crash_at_any_step_loses_nothing_shows_nothing_twice_and_leaves_no_garbage(string story) =>
        CrashAtEveryStepAsync(story, objects: null);

    [Theory]
    [MemberData(nameof(Stories))]
    [Trait("Category", "Long")]
    public async Task A_crash_at_any_step_loses_nothing_on_S3(string story)
    {
        using var objects = await CreateS3StoreAsync();
        await CrashAtEveryStepAsync(story, objects);
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task A_crash_at_some_steps_loses_nothing_on_S3(string story)
    {
        using var objects = await CreateS3StoreAsync();
        await CrashAtRandomStepsAsync(story, objects, crashesPerRun: 1);
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public Task Crashes_of_brokers_that_recover_from_crashes_lose_nothing(string story) =>
        CrashAtRandomStepsAsync(story, objects: null, crashesPerRun: 4);

    private async Task CrashAtEveryStepAsync(string story, IObjectStore? objects)
    {
        for (var first = 0; first < MostSteps; first += SideBySide)
        {
            var crashed = await Task.WhenAll(Enumerable.Range(first, SideBySide).Select(async step =>
            {
                var hasCrashed = false;
                foreach (var effect in Effects)
                {
                    hasCrashed |= await TellAsync(story, objects, new CrashPoint(step, effect));
                }

                return hasCrashed;
            }));
            if (!crashed[^1])
            {
                output.WriteLine($"{story}: {first + crashed.Count(has => has)} steps");
                return;
            }
        }

        Assert.Fail("The story does not end.");
    }

    private async Task CrashAtRandomStepsAsync(string story, IObjectStore? objects, int crashesPerRun)
    {
        var seed = Environment.GetEnvironmentVariable("CRASH_SEED") is { } given ? int.Parse(given) : Random.Shared.Next();
        output.WriteLine($"CRASH_SEED={seed}");
        var random = new Random(seed);
        var runs = Enumerable.Range(0, SideBySide).Select(_ => Enumerable.Range(0, crashesPerRun).Select(_ => RandomPoint()).ToArray()).ToList();
        await Task.WhenAll(runs.Select(crashes => TellAsync(story, objects, crashes)));

        CrashPoint RandomPoint()
        {
            return new CrashPoint(random.Next(UsualSteps / crashesPerRun), Effects[random.Next(Effects.Length)]);
        }
    }

    // Whether a broker crashed.
    private static async Task<bool> TellAsync(string story, IObjectStore? objects, params CrashPoint[] crashes)
    {
        await using var cluster = new TestCluster(objects: objects);
        cluster.Options = cluster.Options with
        {
            // Runs side by side share a bucket.
            Namespace = $"{Guid.NewGuid():n}",
            // Each slice becomes a segment.
            Cluster = cluster.Options.Cluster with { TopicDefaults = cluster.Options.Cluster.TopicDefaults with { SegmentBytes = 1 } },
            Maintenance = cluster.Options.Maintenance with { OrphanInterval = TimeSpan.FromMilliseconds(50) },
            // Each commit becomes a checkpoint, unless it comes with others.
            Checkpoints = new CheckpointOptions { Interval = TimeSpan.FromMilliseconds(15), Commits = 1 },
        };
        var run = new CrashRun(cluster, crashes);
        try
        {
            await run.TellAsync(CrashStories.All[story]);
            return run.CrashedAt.Count > 0;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"{story}, {string.Join(" and ", crashes)}, crashed at {string.Join(" and ", run.CrashedAt)}: {exception.Message}", exception);
        }
    }

    private async Task<S3ObjectStore> CreateS3StoreAsync() =>
        new(await (await gateway.GetAsync()).CreateBucketAsync(), TimeProvider.System);
}
