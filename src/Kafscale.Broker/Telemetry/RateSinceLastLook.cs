namespace Kafscale.Broker.Telemetry;

/// <summary>How fast a count grows, from one look to the next. Looks within a second see the same rate.</summary>
internal sealed class RateSinceLastLook(Func<long> count, TimeProvider timeProvider)
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);

    private long _lookedAt = timeProvider.GetTimestamp();
    private long _lastCount;
    private double _rate;

    /// <summary>A second's growth. For one caller at a time.</summary>
    public double Look()
    {
        var now = timeProvider.GetTimestamp();
        var elapsed = timeProvider.GetElapsedTime(_lookedAt, now);
        if (elapsed >= MinInterval)
        {
            var current = count();
            _rate = (current - _lastCount) / elapsed.TotalSeconds;
            (_lookedAt, _lastCount) = (now, current);
        }

        return _rate;
    }
}
