namespace Kafscale.Broker.Groups;

/// <summary>The time as the groups use it: a monotonic one for deadlines, the wall clock for what is stored.</summary>
internal sealed class GroupClock(TimeProvider timeProvider)
{
    private readonly long _startedAt = timeProvider.GetTimestamp();

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>Milliseconds since the clock was made; never goes back.</summary>
    public long NowMs => (long)TimeProvider.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Milliseconds since 1970.</summary>
    public long UtcNowMs => TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
