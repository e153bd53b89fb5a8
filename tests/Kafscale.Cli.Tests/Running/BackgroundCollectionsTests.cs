using Kafscale.Cli.Running;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Cli.Tests.Running;

public sealed class BackgroundCollectionsTests
{
    [Fact]
    public void Where_no_full_collection_has_been_for_15_s_one_is_asked_for_by_the_next_collection_of_what_is_new()
    {
        var time = new FakeTimeProvider();
        BackgroundCollections.Use(time);
        time.Advance(TimeSpan.FromSeconds(16));
        var before = GC.CollectionCount(GC.MaxGeneration);

        while (GC.CollectionCount(GC.MaxGeneration) == before)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }
    }
}
