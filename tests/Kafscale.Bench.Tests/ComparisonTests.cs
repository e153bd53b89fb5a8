using Kafscale.Bench.Suite;

namespace Kafscale.Bench.Tests;

public sealed class ComparisonTests
{
    [Theory]
    [InlineData(new[] { 1.20, 1.22 }, new[] { 1.00, 1.02 }, "**+20 %**")]
    [InlineData(new[] { 0.80, 0.82 }, new[] { 1.00, 1.02 }, "**-20 %**")]
    public void A_change_beyond_what_the_runs_differ_by_is_marked(double[] now, double[] before, string expected) =>
        Assert.Equal(expected, Comparison.Describe(now, before));

    [Theory]
    [InlineData(new[] { 1.00, 1.40 }, new[] { 0.90, 1.10 }, "+20 %")]
    [InlineData(new[] { 1.02, 1.02 }, new[] { 1.00, 1.00 }, "+2 %")]
    [InlineData(new[] { 1.50 }, new[] { 1.00 }, "+50 %")]
    [InlineData(new[] { 1.00 }, new[] { 1.00 }, "0 %")]
    public void A_change_that_may_be_chance_is_not_marked(double[] now, double[] before, string expected) =>
        Assert.Equal(expected, Comparison.Describe(now, before));
}
