using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class LatencyWindowTests
{
    [Fact]
    public void There_is_no_quantile_before_there_are_enough_samples()
    {
        var window = new LatencyWindow(new HedgingOptions { MinSamples = 20 });
        for (var i = 0; i < 19; i++)
            window.Add(TimeSpan.FromMilliseconds(5));
        Assert.Null(window.Quantile);
        window.Add(TimeSpan.FromMilliseconds(5));
        Assert.Equal(TimeSpan.FromMilliseconds(5), window.Quantile);
    }

    [Fact]
    public void The_quantile_is_that_of_the_samples()
    {
        var window = new LatencyWindow(new HedgingOptions { WindowLength = 1000, Quantile = 0.95 });
        foreach (var ms in Enumerable.Range(1, 1000).OrderBy(ms => ms * 7919 % 1009))
            window.Add(TimeSpan.FromMilliseconds(ms));
        Assert.InRange(window.Quantile!.Value.TotalMilliseconds, 935, 965);
    }

    [Fact]
    public void Old_samples_are_forgotten()
    {
        var window = new LatencyWindow(new HedgingOptions { WindowLength = 100 });
        for (var i = 0; i < 100; i++)
            window.Add(TimeSpan.FromSeconds(3));
        for (var i = 0; i < 116; i++)
            window.Add(TimeSpan.FromMilliseconds(4));
        Assert.Equal(TimeSpan.FromMilliseconds(4), window.Quantile);
    }
}
