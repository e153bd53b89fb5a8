using System.Globalization;
using Kafscale.Broker.Tests.Support;

namespace Kafscale.Broker.Tests.Crashes;

/// <summary>
/// Each story is told once for every operation in it that changes something in a store, and the broker crashes there: before the
/// operation takes effect, after it, or while it is on its way and takes effect only when another broker has taken over.
/// </summary>
public sealed class CrashAtEveryStepTests(ITestOutputHelper output)
{
    private const int MostSteps = 200;
    private const int SideBySide = 8;

    public static TheoryData<string> Stories => [.. CrashStories.All.Keys];

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task A_crash_at_any_step_loses_nothing_shows_nothing_twice_and_leaves_no_garbage(string story)
    {
        var isOver = new bool[MostSteps + SideBySide];
        for (var from = 0; from < MostSteps && !isOver[from..(from + SideBySide)].All(over => over); from += SideBySide)
        {
            var first = from;
            await Task.WhenAll(Enumerable.Range(first, SideBySide).Select(async step =>
            {
                foreach (var effect in Enum.GetValues<CrashEffect>())
                {
                    isOver[step] = !await TellAsync(story, new CrashPoint(step, effect));
                }
            }));
            if (isOver[first + SideBySide - 1])
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{story}: {isOver.TakeWhile(over => !over).Count()} steps"));
                return;
            }
        }

        Assert.Fail("The story does not end.");
    }

    // Whether a broker crashed.
    private async Task<bool> TellAsync(string story, params CrashPoint[] crashes)
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with
        {
            // Each slice becomes a segment.
            Cluster = cluster.Options.Cluster with { TopicDefaults = cluster.Options.Cluster.TopicDefaults with { SegmentBytes = 1 } },
            Maintenance = cluster.Options.Maintenance with { OrphanInterval = TimeSpan.FromMilliseconds(50) },
        };
        var run = new CrashRun(cluster, crashes);
        try
        {
            await run.TellAsync(CrashStories.All[story]);
            return run.CrashedAt.Count > 0;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{story}, {string.Join(" and ", crashes)}, crashed at {string.Join(" and ", run.CrashedAt)}: {exception.Message}", exception);
        }
    }
}
