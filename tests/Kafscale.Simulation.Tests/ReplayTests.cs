using Kafscale.Testing;

namespace Kafscale.Simulation.Tests;

public sealed class ReplayTests
{
    [Fact]
    public async Task The_same_seed_has_the_same_trace_in_two_processes()
    {
        using var folder = new TemporaryFolder();
        var first = Path.Combine(folder.Path, "first");
        var second = Path.Combine(folder.Path, "second");
        await SimulationProcess.MustRunAsync("run", "--seed", "1", "--hours", "0.02", "--trace-file", first);
        await SimulationProcess.MustRunAsync("run", "--seed", "1", "--hours", "0.02", "--trace-file", second);
        Assert.True(new FileInfo(first).Length > 100_000);
        Assert.Equal(await File.ReadAllBytesAsync(first), await File.ReadAllBytesAsync(second));
    }

    [Fact]
    public async Task Another_seed_has_another_trace()
    {
        var outputs = new List<string>();
        foreach (var seed in (string[])["1", "2"])
        {
            outputs.Add(await SimulationProcess.MustRunAsync("run", "--seed", seed, "--hours", "0.01"));
        }

        Assert.Equal(2, outputs.Select(TraceHashOf).Distinct().Count());
    }

    private static string TraceHashOf(string output) => output.Split("trace ")[1].Split(',')[0];
}
