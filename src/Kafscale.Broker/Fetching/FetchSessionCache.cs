using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>
/// The fetch sessions of all clients, a bounded number (<c>max.incremental.fetch.session.cache.slots</c>). Where there is no
/// place, a client is answered without a session, which costs bytes and nothing else.
/// </summary>
internal sealed class FetchSessionCache(int maxSessions, TimeSpan minEvictionAge, TimeProvider timeProvider, Random random)
{
    public const int NoSession = 0;
    public const int FinalEpoch = -1;
    public const int InitialEpoch = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>A new session, or <see langword="null"/> where there is no place.</summary>
    public FetchSession? TryCreate()
    {
        lock (_lock)
        {
            if (_sessions.Count >= maxSessions && !TryEvict())
            {
                return null;
            }

            int id;
            do
            {
                id = random.Next(1, int.MaxValue);
            }
            while (_sessions.ContainsKey(id));

            var session = new FetchSession(id) { IsInUse = true };
            _sessions.Add(id, session);
            return session;
        }
    }

    /// <summary>Takes a session for one request; given back by <see cref="Release"/>.</summary>
    public ErrorCode TryTake(int id, int epoch, out FetchSession? session)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(id, out session))
            {
                return ErrorCode.FetchSessionIdNotFound;
            }

            if (session.NextEpoch != epoch || session.IsInUse)
            {
                session = null;
                return ErrorCode.InvalidFetchSessionEpoch;
            }

            session.IsInUse = true;
            session.Advance();
            return ErrorCode.None;
        }
    }

    public void Release(FetchSession session)
    {
        lock (_lock)
        {
            session.IsInUse = false;
            session.LastUsedAt = timeProvider.GetTimestamp();
        }
    }

    public void Remove(int id)
    {
        lock (_lock)
        {
            _sessions.Remove(id);
        }
    }

    // The one that was idle for longest makes place, where it was idle for long enough.
    private bool TryEvict()
    {
        FetchSession? oldest = null;
        foreach (var session in _sessions.Values)
        {
            if (!session.IsInUse && (oldest is null || session.LastUsedAt < oldest.LastUsedAt))
            {
                oldest = session;
            }
        }

        return oldest is not null
            && timeProvider.GetElapsedTime(oldest.LastUsedAt) >= minEvictionAge
            && _sessions.Remove(oldest.Id);
    }
}
