namespace Kafscale.Simulation.Scheduling;

/// <summary>Something that can be run next.</summary>
/// <param name="Process">Whose it is.</param>
/// <param name="Callback">What to call; null where the state is an item of the thread pool.</param>
/// <param name="State">What to call it with.</param>
internal readonly record struct WorkItem(SimulatedProcess Process, SendOrPostCallback? Callback, object? State);
