using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>
/// The fetch sessions of all clients, a bounded number (<c>max.incremental.fetch.session.cache.slots</c>) of a bounded number of partitions
/// in all. Where there is no place, a client is answered without a session, which costs bytes and nothing else.
/// </summary>
internal sealed class FetchSessionCache(int maxSessions, int maxPartitions, TimeSpan minEvictionAge, TimeProvider timeProvider, Random random)
{
    public const int NoSession = 0;
    public const int FinalEpoch = -1;
    public const int InitialEpoch = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];
    private int _partitions;

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

    /// <summary>Counts the partitions that a session has now; where that are too many in all, and no idle session can make place, it is removed.</summary>
    /// <returns>Whether there is still such a session.</returns>
    public bool TryKeep(FetchSession session)
    {
        lock (_lock)
        {
            if (!_sessions.ContainsKey(session.Id))
            {
                return false;
            }

            _partitions += session.Count - session.CountedPartitions;
            session.CountedPartitions = session.Count;
            while (_partitions > maxPartitions)
            {
                if (!TryEvict())
                {
                    RemoveCounted(session.Id);
                    return false;
                }
            }

            return true;
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
            RemoveCounted(id);
        }
    }

    private bool RemoveCounted(int id)
    {
        if (!_sessions.Remove(id, out var session))
        {
            return false;
        }

        _partitions -= session.CountedPartitions;
        return true;
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
            && RemoveCounted(oldest.Id);
    }
}
