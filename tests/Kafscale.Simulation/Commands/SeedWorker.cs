using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Kafscale.Simulation.Commands;

/// <summary>A process that simulates one seed after another, so that only the first of them pays for loading and compiling.</summary>
internal sealed class SeedWorker(CommandOptions options) : IAsyncDisposable
{
    /// <summary>What such a process is started with; it reads seeds line by line.</summary>
    public const string Command = "simulate-seeds";

    // What simulations leave in the process would add up: brokers that are killed dispose of nothing.
    private const int SeedsPerProcess = 25;

    private Process? _process;
    private int _seeds;
    private Task<string>? _errors;

    /// <summary>Simulates a seed.</summary>
    /// <returns>Whether nothing was found, and what there is to say of it.</returns>
    public async Task<(bool Succeeded, string Output)> RunAsync(int seed)
    {
        if (_process is null)
        {
            Start();
        }

        var number = seed.ToString(CultureInfo.InvariantCulture);
        await _process!.StandardInput.WriteLineAsync(number);
        await _process.StandardInput.FlushAsync();
        var output = new StringBuilder();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.AppendLine(line);
            if (line.StartsWith($"seed {number}: ", StringComparison.Ordinal) && line.EndsWith(", 0 violations", StringComparison.Ordinal))
            {
                await EndWornOutAsync();
                return (true, output.ToString());
            }
        }

        // It ends where it has found something, and where it fails: nothing of that gets into the next seed.
        output.Append(await _errors!);
        await DisposeAsync();
        return (false, output.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private async Task EndWornOutAsync()
    {
        if (++_seeds == SeedsPerProcess)
        {
            await DisposeAsync();
        }
    }

    private void Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Command, .. options.ArgumentsOfWorker()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Libraries size their tables by the number of processors: a seed must mean the same on every machine.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        _process = Process.Start(start)!;
        _seeds = 0;
        _errors = _process.StandardError.ReadToEndAsync();
    }
}
