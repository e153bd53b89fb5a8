namespace Kafscale.Simulation.Tests;

public sealed class BatchTests
{
    [Fact]
    public async Task Nothing_is_lost_stuck_or_left_in_a_batch_of_seeds_with_faults()
    {
        var output = await SimulationProcess.MustRunAsync("run", "--seeds", "10", "--from", "1", "--hours", "0.1");
        Assert.Contains("10 seeds, 0 failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_history_of_one_partition_can_be_read()
    {
        var output = await SimulationProcess.MustRunAsync("run", "--seed", "1", "--hours", "0.01", "--trace", "orders/2");
        Assert.Contains("acknowledged", output, StringComparison.Ordinal);
        Assert.Contains("/commits/", output, StringComparison.Ordinal);
        Assert.DoesNotContain("keep lease alive", output, StringComparison.Ordinal);
    }
}
