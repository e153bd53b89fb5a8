using System.Globalization;
using Kafscale.Broker.Partitions;
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
                case ["defects", .. var rest]:
                    return new DefectSearch(CommandOptions.Parse(["--seeds", "200", .. rest]), output).Run() ? Success : ViolationsFound;
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
        if (options.Defect.IsInBroker)
        {
            PlantedDefects.Plant(options.Defect.Name);
        }

        var result = SimulationRun.Run(new SimulationOptions { Seed = options.FirstSeed, Duration = TimeSpan.FromHours(options.Hours), HasFaults = options.HasFaults, Defect = options.Defect }, trace);
        foreach (var violation in result.Violations.Take(MostViolationsShown))
        {
            output.WriteLine(violation);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {result.Seed}: {result.VirtualTime:c} in {Environment.CpuUsage.TotalTime.TotalSeconds:F1} s of processor time, {result.Steps} steps, {result.AcknowledgedRecords} records, trace {result.TraceHash:x16}, {result.Violations.Count} violations"));
        return result.Violations.Count == 0 ? Success : ViolationsFound;
    }
}
