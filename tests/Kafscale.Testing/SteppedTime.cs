using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Testing;

/// <summary>
/// A clock that is moved by hand and knows whether the loops of a broker sleep. Work takes no time by it: who moves it waits
/// until everybody sleeps again, so what a virtual hour costs does not depend on the machine.
/// </summary>
/// <param name="loopIntervals">What the loops sleep for, each loop another interval.</param>
public sealed class SteppedTime(params TimeSpan[] loopIntervals) : FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000))
{
    private static readonly TimeSpan MaxStep = TimeSpan.FromSeconds(1);

    private int _sleeping;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!loopIntervals.Contains(dueTime))
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Interlocked.Increment(ref _sleeping);
        return base.CreateTimer(
            woken =>
            {
                Interlocked.Decrement(ref _sleeping);
                callback(woken);
            },
            state,
            dueTime,
            period);
    }

    /// <summary>Lets time pass, in steps after each of which all loops go back to sleep.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= MaxStep)
        {
            await UntilAllSleepAsync();
            Advance(left < MaxStep ? left : MaxStep);
        }

        await UntilAllSleepAsync();
    }

    private async Task UntilAllSleepAsync()
    {
        while (Volatile.Read(ref _sleeping) < loopIntervals.Length)
        {
            await Task.Yield();
        }
    }
}
