using System.Diagnostics;

namespace Kafscale.Simulation.Commands;

/// <summary>The process that simulates one seed.</summary>
internal static class SeedProcess
{
    /// <summary>What such a process is started with; <c>run</c> starts them.</summary>
    public const string Command = "simulate-seed";

    /// <summary>Simulates a seed in a process of its own.</summary>
    /// <returns>Whether nothing was found, and what the process has said.</returns>
    public static async Task<(bool Succeeded, string Output)> RunAsync(int seed, CommandOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Command, .. options.ArgumentsOf(seed), .. TraceOf(options)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Libraries size their tables by the number of processors: a seed must mean the same on every machine.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, output + await error);
    }

    private static IEnumerable<string> TraceOf(CommandOptions options)
    {
        if (options.Subject is not null)
        {
            yield return "--trace";
            yield return options.Subject;
        }

        if (options.TraceFile is not null)
        {
            yield return "--trace-file";
            yield return options.TraceFile;
        }
    }
}
