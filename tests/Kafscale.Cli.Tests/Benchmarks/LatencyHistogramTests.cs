using CsCheck;
using Kafscale.Cli.Benchmarks;

namespace Kafscale.Cli.Tests.Benchmarks;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_at_most_three_percent_above_the_true_one() =>
        Gen.Select(Gen.Long[0, 10_000_000].Array[1, 200], Gen.Double[0.01, 1]).Sample((microseconds, share) =>
        {
            var histogram = new LatencyHistogram();
            foreach (var latency in microseconds)
            {
                histogram.Add(TimeSpan.FromMicroseconds(latency));
            }

            var exact = microseconds.Order().ElementAt((int)Math.Ceiling(share * microseconds.Length) - 1);
            var measured = histogram.Percentile(share).TotalMicroseconds;
            Assert.InRange(measured, exact, (exact * 1.032) + 1);
            Assert.Equal(microseconds.Max(), histogram.Percentile(1).TotalMicroseconds);
        });

    [Fact]
    public void Without_a_latency_every_percentile_is_nothing() => Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Percentile(0.99));

    [Fact]
    public void What_is_longer_than_an_hour_counts_as_an_hour()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromDays(1));

        Assert.Equal(TimeSpan.FromHours(1), histogram.Percentile(0.5));
    }
}
