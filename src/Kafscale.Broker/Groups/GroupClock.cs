namespace Kafscale.Broker.Groups;

/// <summary>The time as the groups use it: a monotonic one for deadlines, the wall clock for what is stored.</summary>
internal sealed class GroupClock(TimeProvider timeProvider)
{
    /// <summary>The deadline of what is not due at all.</summary>
    public const long Never = long.MaxValue;

    private readonly long _startedAt = timeProvider.GetTimestamp();

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>Milliseconds since the clock was made; never goes back.</summary>
    public long NowMs => (long)TimeProvider.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>
    /// The deadline of a timeout that begins now. A client may ask for one of nothing; a deadline that has always come already would
    /// never let go.
    /// </summary>
    public long After(int timeoutMs) => NowMs + Math.Max(timeoutMs, 1);

    /// <summary>Milliseconds since 1970.</summary>
    public long UtcNowMs => TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
