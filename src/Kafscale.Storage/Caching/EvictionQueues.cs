namespace Kafscale.Storage.Caching;

/// <summary>Decides what leaves the cache. Not thread-safe; every step is O(1), an eviction amortised.</summary>
/// <remarks>
/// <para>Inserted objects are the hot tail, which many consumers read once and soon: first in, first out. Up to half of the
/// capacity is theirs whatever the rest wants, and the other way round.</para>
/// <para>Loaded extents begin on probation, first in, first out. One that is read again after a while moves on to the protected queue
/// (as in 2Q, Johnson and Shasha 1994); so does one that is loaded again soon after its eviction. A scan reads
/// each extent several times but in quick succession, so it passes through probation and leaves the protected queue alone. There,
/// what was read since its last turn gets another one (as in the clock algorithm).</para>
/// <para>What was read ahead waits apart until its reader has come to its end, and only then begins on probation. How much waits is
/// limited before it is loaded, so that it goes only where nothing else is left.</para>
/// <para>A hit only sets a flag, so readers never reorder queues.</para>
/// </remarks>
internal sealed class EvictionQueues(long capacityBytes, int blockBytes)
{
    private const int TailShare = 2;
    private const int ProbationShare = 4;

    // While a scan is in one extent, so many as large may come behind it by its own reading and that of others beside it.
    private const int PassesOfOneRead = 3;

    private readonly EvictionQueue _tail = new();
    private readonly EvictionQueue _probation = new();
    private readonly EvictionQueue _protected = new();
    private readonly EvictionQueue _readAhead = new();
    private readonly GhostBlocks _ghosts = new((int)Math.Clamp(capacityBytes / blockBytes, 16, 1_000_000));
    private long _admittedBytes;

    private long ProbationTargetBytes => (capacityBytes - _tail.Bytes - _readAhead.Bytes) / ProbationShare;

    /// <summary>The oldest extent that was read ahead and is loaded and not used; <see langword="null"/> where there is none.</summary>
    public LoadedExtent? OldestReadAhead => _readAhead.IsEmpty ? null : (LoadedExtent)_readAhead.Oldest;

    public void Admit(InsertedObject entry) => _tail.Add(entry);

    public void Admit(LoadedExtent extent)
    {
        if (extent.IsAhead)
        {
            _readAhead.Add(extent);
            return;
        }

        _admittedBytes += extent.ChargedBytes;
        extent.AdmittedAt = _admittedBytes;
        var queue = _ghosts.Contains(extent.Object.Key, (int)(extent.Position / blockBytes)) ? _protected : _probation;
        queue.Add(extent);
    }

    /// <summary>Notes that an entry was read.</summary>
    public void Touch(CacheEntry entry)
    {
        if (entry.Queue == _protected)
            entry.IsReferenced = true;
        else if (entry.Queue == _probation && _admittedBytes - entry.AdmittedAt >= Math.Max(ProbationTargetBytes / 2, PassesOfOneRead * entry.ChargedBytes))
            entry.IsReferenced = true;
    }

    public static void Remove(CacheEntry entry) => entry.Queue?.Remove(entry);

    /// <summary>Takes the next victim out of its queue; <see langword="null"/> where there is none.</summary>
    public CacheEntry? TakeVictim()
    {
        while (true)
        {
            if (!_tail.IsEmpty && (_tail.Bytes > capacityBytes / TailShare || (_probation.IsEmpty && _protected.IsEmpty && _readAhead.IsEmpty)))
                return Take(_tail);
            if (!_probation.IsEmpty && (_probation.Bytes > ProbationTargetBytes || _protected.IsEmpty))
            {
                if (TakeUnlessReferenced(_probation) is LoadedExtent victim)
                {
                    Remember(victim);
                    return victim;
                }
            }
            else if (_protected.IsEmpty)
            {
                return _readAhead.IsEmpty ? null : Take(_readAhead);
            }
            else if (TakeUnlessReferenced(_protected) is { } victim)
            {
                return victim;
            }
        }
    }

    private void Remember(LoadedExtent victim)
    {
        for (var position = victim.Position; position < victim.EndPosition; position += blockBytes)
            _ghosts.Add(victim.Object.Key, (int)(position / blockBytes));
    }

    /// <summary>Takes the oldest entry out, or, where it has been referenced, gives it another turn among the protected.</summary>
    private CacheEntry? TakeUnlessReferenced(EvictionQueue queue)
    {
        var oldest = Take(queue);
        if (!oldest.IsReferenced)
            return oldest;
        oldest.IsReferenced = false;
        _protected.Add(oldest);
        return null;
    }

    private static CacheEntry Take(EvictionQueue queue)
    {
        var oldest = queue.Oldest;
        queue.Remove(oldest);
        return oldest;
    }
}
