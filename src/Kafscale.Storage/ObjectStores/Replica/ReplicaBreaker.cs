namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Decides when a replica is not worth asking, so that one that is down or hangs costs nobody time. Thread-safe.</summary>
/// <remarks>
/// Opens after some failures one after another, and also where more than about a quarter of many reads fails: a failure weighs three
/// successes. Closes when a probe succeeds.
/// </remarks>
internal sealed class ReplicaBreaker(int failuresUntilOpen, TimeSpan probeInterval, TimeProvider timeProvider)
{
    private const int FailureWeight = 3;

    private readonly Lock _lock = new();
    private int _weight;
    private bool _isProbing;
    private long _triedAt;
    private volatile bool _isOpen;

    public bool IsOpen => _isOpen;

    public void OnSuccess()
    {
        if (Volatile.Read(ref _weight) == 0)
            return;
        lock (_lock)
        {
            _weight = Math.Max(0, _weight - 1);
        }
    }

    /// <returns>Whether this failure is the one that opened it.</returns>
    public bool OnFailure()
    {
        lock (_lock)
        {
            if (_isOpen)
                return false;
            _weight += FailureWeight;
            if (_weight < failuresUntilOpen * FailureWeight)
                return false;
            _isOpen = true;
            _triedAt = timeProvider.GetTimestamp();
            return true;
        }
    }

    /// <summary>Whether it is time for a probe; whoever is told so makes one, and says how it ended.</summary>
    public bool TryBeginProbe()
    {
        lock (_lock)
        {
            if (!_isOpen || _isProbing || timeProvider.GetElapsedTime(_triedAt) < probeInterval)
                return false;
            return _isProbing = true;
        }
    }

    public void EndProbe(bool isSuccess)
    {
        lock (_lock)
        {
            _isProbing = false;
            _triedAt = timeProvider.GetTimestamp();
            if (isSuccess)
            {
                _weight = 0;
                _isOpen = false;
            }
        }
    }
}
