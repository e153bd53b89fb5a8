using System.Diagnostics;

namespace Kafscale.Simulation.Tests;

/// <summary>Runs the simulation as its script does: in a process of its own, because it takes that process's thread pool.</summary>
internal static class SimulationProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongPatience = TimeSpan.FromHours(2);

    /// <summary>Runs it to its end, which must be a good one.</summary>
    /// <returns>What it has said.</returns>
    public static Task<string> MustRunAsync(params string[] arguments) => RunAsync(arguments, Patience);

    /// <summary>The same for what takes long.</summary>
    public static Task<string> MustRunForLongAsync(params string[] arguments) => RunAsync(arguments, LongPatience);

    private static async Task<string> RunAsync(string[] arguments, TimeSpan patience)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "kafscale-sim"), arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(patience);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, output);
            return output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
