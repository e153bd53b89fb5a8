using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Testing;

/// <summary>
/// A clock that passes only while somebody pauses, which is what a timer of a second or less is taken for. While work is done it
/// stands still, so that no deadline passes because the machine had no time for the work.
/// </summary>
public sealed class PauseTime() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50))
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    private int _pauses;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new PauseTimer(this, callback, state);
        timer.Attach(base.CreateTimer(timer.OnDue, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets pauses pass until something is done, and fails as it failed.</summary>
    public async Task PassUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            if (Volatile.Read(ref _pauses) > 0)
            {
                Advance(Step);
            }

            await Task.Yield();
        }

        await task;
    }

    private sealed class PauseTimer(PauseTime time, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _timer;
        private int _pauses;

        public void Attach(ITimer timer) => _timer = timer;

        public void OnDue(object? unused)
        {
            Note(isPause: false);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Note(isPause: dueTime > TimeSpan.Zero && dueTime <= MaxPause);
            return _timer!.Change(dueTime, period);
        }

        public void Dispose()
        {
            Note(isPause: false);
            _timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Note(isPause: false);
            return _timer!.DisposeAsync();
        }

        private void Note(bool isPause)
        {
            var pauses = isPause ? 1 : 0;
            Interlocked.Add(ref time._pauses, pauses - Interlocked.Exchange(ref _pauses, pauses));
        }
    }
}
