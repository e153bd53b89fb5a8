using System.Globalization;
using Kafscale.Broker.Partitions;
using Kafscale.Simulation.Runs;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Commands;

/// <summary>The command line. What simulates is another process than what reports, because a simulation takes the process's thread pool.</summary>
internal static class SimulationCommand
{
    private const int Success = 0;
    private const int ViolationsFound = 1;
    private const int WrongUsage = 2;
    private const int MostViolationsShown = 20;

    public static int Run(string[] arguments, TextReader input, TextWriter output, TextWriter error)
    {
        try
        {
            switch (arguments)
            {
                case ["run", .. var rest]:
                    return new Batch(CommandOptions.Parse(rest), output).Run() ? Success : ViolationsFound;
                case ["defects", .. var rest]:
                    return new DefectSearch(CommandOptions.Parse(["--seeds", "200", .. rest]), output).Run() ? Success : ViolationsFound;
                case [SeedWorker.Command, .. var rest]:
                    return Simulate(input, CommandOptions.Parse(rest), output) ? Success : ViolationsFound;
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

    /// <summary>Simulates the seeds that it is told, one a line, up to the first in which something is found.</summary>
    private static bool Simulate(TextReader seeds, CommandOptions options, TextWriter output)
    {
        using var file = options.TraceFile is null ? null : new StreamWriter(options.TraceFile);
        if (options.Defect.IsInBroker)
        {
            PlantedDefects.Plant(options.Defect.Name);
        }

        while (seeds.ReadLine() is { } seed)
        {
            var trace = new Trace(file ?? (options.Subject is null ? null : output), options.Subject is null ? null : new TraceSubject(options.Subject));
            if (!Simulate(int.Parse(seed, CultureInfo.InvariantCulture), options, trace, output))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Simulate(int seed, CommandOptions options, Trace trace, TextWriter output)
    {
        var used = Environment.CpuUsage.TotalTime;
        var result = SimulationRun.Run(new SimulationOptions { Seed = seed, Duration = TimeSpan.FromHours(options.Hours), HasFaults = options.HasFaults, Defect = options.Defect }, trace);
        foreach (var violation in result.Violations.Take(MostViolationsShown))
        {
            output.WriteLine(violation);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {result.Seed}: {result.VirtualTime:c} in {(Environment.CpuUsage.TotalTime - used).TotalSeconds:F1} s of processor time, {result.Steps} steps, {result.AcknowledgedRecords} records, trace {result.TraceHash:x16}, {result.Violations.Count} violations"));
        output.Flush();
        return result.Violations.Count == 0;
    }
}
