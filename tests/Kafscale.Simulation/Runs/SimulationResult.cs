using Kafscale.Simulation.Checking;

namespace Kafscale.Simulation.Runs;

/// <summary>What a simulation has come to.</summary>
/// <param name="Seed">The seed that repeats it.</param>
/// <param name="TraceHash">The same for every run of the seed.</param>
/// <param name="VirtualTime">How long it took by its own clock.</param>
/// <param name="Steps">How many things were run.</param>
/// <param name="AcknowledgedRecords">How many records producers were told to be stored.</param>
/// <param name="Violations">What must never be the case and was.</param>
internal sealed record SimulationResult(
    int Seed, ulong TraceHash, TimeSpan VirtualTime, long Steps, long AcknowledgedRecords, IReadOnlyList<Violation> Violations);
