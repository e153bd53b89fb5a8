namespace Kafscale.Simulation.Scheduling;

/// <summary>Something that a process does at a time, unless it is dropped before.</summary>
internal sealed class TimerEntry(SimulatedProcess process, Action action)
{
    private Action? _action = action;

    public bool IsDropped => _action is null;

    public WorkItem Work => new(process, static entry => ((TimerEntry)entry!)._action?.Invoke(), this);

    /// <summary>Its place in the queue stays until its time; what it would have called need not.</summary>
    public void Drop() => _action = null;
}
