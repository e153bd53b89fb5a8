using System.Diagnostics;
using System.Globalization;

namespace Kafscale.Simulation.Commands;

/// <summary>The process that simulates one seed.</summary>
internal static class SeedProcess
{
    /// <summary>What such a process is started with; <c>run</c> starts them.</summary>
    public const string Command = "simulate-seed";

    /// <summary>Simulates a seed in a process of its own.</summary>
    /// <returns>Whether nothing was found, and what the process has said.</returns>
    public static async Task<(bool Succeeded, string Output)> RunAsync(int seed, double hours, string? traceFile)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { Command, "--seed", seed.ToString(CultureInfo.InvariantCulture), "--hours", hours.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (traceFile is not null)
        {
            start.ArgumentList.Add("--trace-file");
            start.ArgumentList.Add(traceFile);
        }

        // Libraries size their tables by the number of processors: a seed must mean the same on every machine.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, output + await error);
    }
}
