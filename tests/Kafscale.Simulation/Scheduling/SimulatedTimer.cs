namespace Kafscale.Simulation.Scheduling;

/// <summary>A timer on virtual time.</summary>
internal sealed class SimulatedTimer(SimulatedProcess process, TimerCallback callback, object? state) : ITimer
{
    private TimerEntry? _entry;
    private TimeSpan _period;
    private bool _isDisposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_isDisposed)
        {
            return false;
        }

        _entry?.Drop();
        _entry = null;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Add(dueTime);
        }

        return true;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _entry?.Drop();
        _entry = null;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Add(TimeSpan dueTime)
    {
        _entry = new TimerEntry(process, Fire);
        process.Scheduler.AddTimer(process.Scheduler.Now + process.Clock.TrueTicks(dueTime), _entry);
    }

    private void Fire()
    {
        _entry = null;
        if (_period > TimeSpan.Zero)
        {
            Add(_period);
        }

        callback(state);
    }
}
