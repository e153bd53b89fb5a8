namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Bounds how often something is done: each time takes a token, and tokens come by being earned and by time.</summary>
/// <param name="capacity">Tokens beyond it are lost.</param>
/// <param name="tokens">Tokens at the start.</param>
/// <param name="perSecond">Tokens that come by time.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class TokenBucket(double capacity, double tokens, double perSecond, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private double _tokens = tokens;
    private long _refilled = timeProvider.GetTimestamp();

    public void Earn(double earned)
    {
        lock (_lock)
        {
            _tokens = Math.Min(capacity, _tokens + earned);
        }
    }

    /// <summary>Takes a token; false where there is none.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var now = timeProvider.GetTimestamp();
            _tokens = Math.Min(capacity, _tokens + (timeProvider.GetElapsedTime(_refilled, now).TotalSeconds * perSecond));
            _refilled = now;
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
