using Kafscale.Simulation.Defects;

namespace Kafscale.Simulation.Tests;

public sealed class DefectTests
{
    // Each of these takes a few seconds: most seeds find them soon after the simulation has begun.
    [Theory]
    [InlineData("fence-not-compared")]
    [InlineData("acknowledge-before-commit")]
    [InlineData("commits-heard-late")]
    public async Task A_planted_defect_is_found_by_one_of_the_first_seeds(string defect) =>
        Assert.Contains("1 of 1 defects found", await SimulationProcess.MustRunAsync("defects", "--defect", defect, "--seeds", "20", "--hours", "0.05"), StringComparison.Ordinal);

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
