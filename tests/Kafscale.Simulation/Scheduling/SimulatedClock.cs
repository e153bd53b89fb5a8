namespace Kafscale.Simulation.Scheduling;

/// <summary>The clocks of one process: a wall clock that can be wrong and jump, and a monotonic one that only runs fast or slow.</summary>
internal sealed class SimulatedClock(SimulatedProcess process) : TimeProvider
{
    /// <summary>When every simulation begins.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _setAt;
    private long _monotonicAtSet;
    private double _rate = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>By how much the wall clock is wrong.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>How fast the monotonic clock runs; 1 is right. Timers that are set already keep their times.</summary>
    public double Rate
    {
        get => _rate;
        set
        {
            _monotonicAtSet = GetTimestamp();
            _setAt = process.Scheduler.Now;
            _rate = value;
        }
    }

    public override long GetTimestamp()
    {
        process.Scheduler.CheckThread();
        return _monotonicAtSet + (long)((process.Scheduler.Now - _setAt) * _rate);
    }

    public override DateTimeOffset GetUtcNow()
    {
        process.Scheduler.CheckThread();
        return Beginning + TimeSpan.FromTicks(process.Scheduler.Now) + WallOffset;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        process.Scheduler.CheckThread();
        var timer = new SimulatedTimer(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>How long something takes that takes so long by this clock.</summary>
    public long TrueTicks(TimeSpan measured) => Math.Max(0, (long)Math.Ceiling(measured.Ticks / _rate));
}
