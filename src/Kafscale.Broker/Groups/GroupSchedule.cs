namespace Kafscale.Broker.Groups;

/// <summary>One timer for all groups of a shard: calls for each when its next deadline has come.</summary>
internal sealed class GroupSchedule : IDisposable
{
    private readonly GroupClock _clock;
    private readonly Action<Group> _onDeadline;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Each group once at most, so that there are never more of them than groups.
    private readonly SortedSet<Entry> _deadlines = [];
    private long _lastNumber;
    private long _timerDueAtMs = GroupClock.Never;
    private bool _isDisposed;

    /// <param name="clock">What deadlines are on.</param>
    /// <param name="onDeadline">Called without a lock; clears <see cref="Group.ScheduledAtMs"/> and updates the schedule.</param>
    public GroupSchedule(GroupClock clock, Action<Group> onDeadline)
    {
        _clock = clock;
        _onDeadline = onDeadline;
        _timer = clock.TimeProvider.CreateTimer(
            static schedule => ((GroupSchedule)schedule!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that the group is called for in time. Called under the group's lock.</summary>
    public void Update(Group group)
    {
        var deadlineMs = group.Membership.NextDeadlineMs;
        if (deadlineMs >= group.ScheduledAtMs)
        {
            return;
        }

        lock (_lock)
        {
            if (group.ScheduleNumber == 0)
            {
                group.ScheduleNumber = ++_lastNumber;
            }

            _deadlines.Remove(new Entry(group.ScheduledAtMs, group));
            _deadlines.Add(new Entry(deadlineMs, group));
            SetTimer();
        }

        group.ScheduledAtMs = deadlineMs;
    }

    /// <summary>The group is no longer called for. Called under the group's lock.</summary>
    public void Remove(Group group)
    {
        lock (_lock)
        {
            _deadlines.Remove(new Entry(group.ScheduledAtMs, group));
        }

        group.ScheduledAtMs = GroupClock.Never;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _deadlines.Clear();
        }

        _timer.Dispose();
    }

    private void OnTimer()
    {
        var due = new List<Entry>();
        lock (_lock)
        {
            _timerDueAtMs = GroupClock.Never;
            var nowMs = _clock.NowMs;
            while (_deadlines.Count > 0 && _deadlines.Min.DeadlineMs <= nowMs)
            {
                due.Add(_deadlines.Min);
                _deadlines.Remove(_deadlines.Min);
            }
        }

        foreach (var (deadlineMs, group) in due)
        {
            if (IsCurrent(group, deadlineMs))
            {
                _onDeadline(group);
            }
        }

        lock (_lock)
        {
            SetTimer();
        }
    }

    private static bool IsCurrent(Group group, long deadlineMs)
    {
        lock (group.Lock)
        {
            return group.ScheduledAtMs == deadlineMs;
        }
    }

    private void SetTimer()
    {
        if (_isDisposed || _deadlines.Count == 0 || _deadlines.Min.DeadlineMs >= _timerDueAtMs)
        {
            return;
        }

        var nextMs = _deadlines.Min.DeadlineMs;
        _timerDueAtMs = nextMs;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(nextMs - _clock.NowMs, 0)), Timeout.InfiniteTimeSpan);
    }

    private readonly record struct Entry(long DeadlineMs, Group Group) : IComparable<Entry>
    {
        public int CompareTo(Entry other)
        {
            var byDeadline = DeadlineMs.CompareTo(other.DeadlineMs);
            return byDeadline != 0 ? byDeadline : Group.ScheduleNumber.CompareTo(other.Group.ScheduleNumber);
        }
    }
}
