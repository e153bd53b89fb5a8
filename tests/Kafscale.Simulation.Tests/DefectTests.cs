using Kafscale.Simulation.Defects;

namespace Kafscale.Simulation.Tests;

public sealed class DefectTests
{
    // Each of these takes a second or two: they show soon after the simulation has begun.
    [Theory]
    [InlineData("fence-not-compared", "1")]
    [InlineData("acknowledge-before-commit", "1")]
    [InlineData("commits-heard-late", "1")]
    public async Task A_planted_defect_is_found_by_a_seed_that_is_known_to_find_it(string defect, string seed)
    {
        var output = await SimulationProcess.MustFindAsync("run", "--seed", seed, "--hours", "0.05", "--defect", defect);

        Assert.Contains("violations", output, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_at_least_twelve_defects_with_names_of_their_own()
    {
        Assert.True(DefectCatalog.All.Count >= 12);
        Assert.Equal(DefectCatalog.All.Count, DefectCatalog.All.Select(defect => defect.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_planted_defect_is_found_within_200_seeds() => await SimulationProcess.MustRunForLongAsync("defects");
}
