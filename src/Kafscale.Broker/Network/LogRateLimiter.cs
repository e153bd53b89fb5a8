namespace Kafscale.Broker.Network;

/// <summary>Lets one log line of a kind through per interval and counts the others, so that no client can flood the log.</summary>
internal sealed class LogRateLimiter(TimeProvider timeProvider, TimeSpan interval)
{
    private readonly long _intervalTicks = (long)(interval.TotalSeconds * timeProvider.TimestampFrequency);
    private readonly Lock _lock = new();
    private long _lastLogged;
    private bool _hasLogged;
    private int _suppressed;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="suppressed">How many lines were not written since the last one that was.</param>
    public bool TryEnter(out int suppressed)
    {
        long now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            if (_hasLogged && now - _lastLogged < _intervalTicks)
            {
                _suppressed++;
                suppressed = 0;
                return false;
            }

            _hasLogged = true;
            _lastLogged = now;
            suppressed = _suppressed;
            _suppressed = 0;
            return true;
        }
    }
}
