namespace Kafscale.Simulation.Faults;

/// <summary>Something that goes wrong for a while.</summary>
/// <param name="Name">What, and with whom, for a reader of the trace.</param>
/// <param name="Begin">Has it go wrong.</param>
/// <param name="End">Has it go well again.</param>
internal sealed record Fault(string Name, Action Begin, Action End);
