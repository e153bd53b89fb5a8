using System.Globalization;
using Kafscale.Simulation.Runs;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Commands;

/// <summary>The command line: each seed is simulated by a process of its own.</summary>
internal static class SimulationCommand
{
    private const int Success = 0;
    private const int ViolationsFound = 1;
    private const int WrongUsage = 2;
    private const int MostViolationsShown = 20;

    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        try
        {
            switch (arguments)
            {
                case ["run", .. var rest]:
                    return new Batch(CommandOptions.Parse(rest), output).Run() ? Success : ViolationsFound;
                case [SeedProcess.Command, .. var rest]:
                    return Simulate(CommandOptions.Parse(rest), output);
                default:
                    output.WriteLine(CommandOptions.Usage);
                    return arguments is [] or ["--help"] ? Success : WrongUsage;
            }
        }
        catch (FormatException exception)
        {
            error.WriteLine(exception.Message);
            error.WriteLine(CommandOptions.Usage);
            return WrongUsage;
        }
    }

    private static int Simulate(CommandOptions options, TextWriter output)
    {
        using var file = options.TraceFile is null ? null : new StreamWriter(options.TraceFile);
        var trace = new Trace(file ?? (options.Subject is null ? null : output), options.Subject is null ? null : new TraceSubject(options.Subject));
        var started = TimeProvider.System.GetTimestamp();
        var result = SimulationRun.Run(new SimulationOptions { Seed = options.FirstSeed, Duration = TimeSpan.FromHours(options.Hours), HasFaults = options.HasFaults }, trace);
        foreach (var violation in result.Violations.Take(MostViolationsShown))
        {
            output.WriteLine(violation);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {result.Seed}: {result.VirtualTime:c} in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s, {result.Steps} steps, {result.AcknowledgedRecords} records, trace {result.TraceHash:x16}, {result.Violations.Count} violations"));
        return result.Violations.Count == 0 ? Success : ViolationsFound;
    }
}
