namespace Kafscale.Metadata.Revisions;

/// <summary>
/// The leases of a store that keeps them in memory, with their timers. Ending a lease takes two steps, so that its store
/// can delete its keys durably in between: <see cref="End"/> makes it count as gone, <see cref="Forget"/> drops it.
/// </summary>
/// <param name="timeProvider">What the times to live are measured with.</param>
/// <param name="onExpired">Called, outside of any lock, when a lease has ended because its time was over.</param>
internal sealed class LeaseTable(TimeProvider timeProvider, Action<long> onExpired) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Lease> _leases = [];
    private long _lastId;
    private bool _disposed;

    /// <summary>Starts a lease.</summary>
    /// <returns>Its id, never 0.</returns>
    public long Grant(TimeSpan timeToLive)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(IMetadataStore));
            var id = ++_lastId;
            var timer = timeProvider.CreateTimer(_ => Expire(id), null, timeToLive, Timeout.InfiniteTimeSpan);
            _leases.Add(id, new(timeToLive, timer) { RenewedAt = timeProvider.GetTimestamp() });
            return id;
        }
    }

    /// <summary>Starts a lease's time to live anew.</summary>
    /// <exception cref="LeaseNotFoundException">It has ended, or its time is over.</exception>
    public void KeepAlive(long id)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(IMetadataStore));
            if (!_leases.TryGetValue(id, out var lease) || lease.HasEnded || Remaining(lease) <= TimeSpan.Zero)
            {
                throw new LeaseNotFoundException(id);
            }

            lease.RenewedAt = timeProvider.GetTimestamp();
            lease.Timer.Change(lease.TimeToLive, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether keys can be put with a lease.</summary>
    public bool IsAlive(long id)
    {
        lock (_lock)
        {
            return _leases.TryGetValue(id, out var lease) && !lease.HasEnded;
        }
    }

    /// <summary>Makes a lease count as gone; whoever calls this deletes its keys and then forgets it.</summary>
    /// <returns>Whether there is such a lease, one that has ended before but is not forgotten included.</returns>
    public bool End(long id)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(IMetadataStore));
            if (!_leases.TryGetValue(id, out var lease))
            {
                return false;
            }

            lease.HasEnded = true;
            return true;
        }
    }

    /// <summary>Drops a lease whose keys are deleted.</summary>
    public void Forget(long id)
    {
        lock (_lock)
        {
            if (_leases.Remove(id, out var lease))
            {
                lease.Timer.Dispose();
            }
        }
    }

    /// <summary>Reports a lease as expired once more after a while, because its keys could not be deleted.</summary>
    public void ExpireAgain(long id, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_leases.TryGetValue(id, out var lease))
            {
                lease.Timer.Change(delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var lease in _leases.Values)
            {
                lease.Timer.Dispose();
            }

            _leases.Clear();
        }
    }

    private void Expire(long id)
    {
        lock (_lock)
        {
            if (!_leases.TryGetValue(id, out var lease))
            {
                return;
            }

            // A timer may be early by its resolution, or have been due just when the lease was kept alive.
            if (!lease.HasEnded && Remaining(lease) is var remaining && remaining > TimeSpan.Zero)
            {
                lease.Timer.Change(remaining + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }

            lease.HasEnded = true;
        }

        onExpired(id);
    }

    private TimeSpan Remaining(Lease lease) => lease.TimeToLive - timeProvider.GetElapsedTime(lease.RenewedAt);
}
