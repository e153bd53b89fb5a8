namespace Kafscale.Broker.Groups;

/// <summary>One timer for all groups of a shard: calls for each when its next deadline has come.</summary>
internal sealed class GroupSchedule : IDisposable
{
    private readonly GroupClock _clock;
    private readonly Action<Group> _onDeadline;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // A group whose deadline moves to the front is in here twice; the entry that is not its current one is passed over.
    private readonly PriorityQueue<Group, long> _deadlines = new();
    private long _timerDueAtMs = ClassicGroupMember.Never;
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

        group.ScheduledAtMs = deadlineMs;
        lock (_lock)
        {
            _deadlines.Enqueue(group, deadlineMs);
            SetTimer();
        }
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
        var due = new List<(Group Group, long DeadlineMs)>();
        lock (_lock)
        {
            _timerDueAtMs = ClassicGroupMember.Never;
            var nowMs = _clock.NowMs;
            while (_deadlines.TryPeek(out var group, out var deadlineMs) && deadlineMs <= nowMs)
            {
                _deadlines.Dequeue();
                due.Add((group, deadlineMs));
            }
        }

        foreach (var (group, deadlineMs) in due)
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
        if (_isDisposed || !_deadlines.TryPeek(out _, out var nextMs) || nextMs >= _timerDueAtMs)
        {
            return;
        }

        _timerDueAtMs = nextMs;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(nextMs - _clock.NowMs, 0)), Timeout.InfiniteTimeSpan);
    }
}
