namespace Kafscale.Simulation.Faults;

/// <summary>One of the ways in which things go wrong.</summary>
/// <param name="Name">What goes wrong.</param>
/// <param name="Shortest">How long it is so at least.</param>
/// <param name="Longest">How long it is so at most.</param>
/// <param name="Draw">Picks with whom it goes wrong, and how much.</param>
internal sealed record FaultKind(string Name, TimeSpan Shortest, TimeSpan Longest, Func<Fault> Draw);
