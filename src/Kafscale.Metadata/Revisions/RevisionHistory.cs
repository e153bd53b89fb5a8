using System.Runtime.CompilerServices;

namespace Kafscale.Metadata.Revisions;

/// <summary>
/// The newest key space, what changed in each revision that is kept, and the watches that follow. Safe for use by many threads;
/// a reader gets a key space, which never changes, and needs no lock from then on.
/// </summary>
/// <remarks>
/// Older key spaces are made from the newest by taking back what changed since: seldom asked for, and then soon, they would be most
/// of what a store in memory holds, and of what the garbage collector copies.
/// </remarks>
internal sealed class RevisionHistory
{
    // A watch that has fallen behind gets whole revisions until about this many changes are in a batch.
    private const int ChangesPerBatch = 1_000;

    private readonly Lock _lock = new();
    private readonly long _revisionsKept;
    private readonly long _bytesKept;

    // Revisions are dense: _revisions[i] is revision OldestRevision + i, the last one that of _current.
    private readonly List<Revision> _revisions = [new([], [])];
    private KeySpace _current;
    private long _bytes;
    private List<TaskCompletionSource> _waiters = [];
    private Func<Exception>? _closed;

    /// <summary>Starts a history.</summary>
    /// <param name="first">The oldest revision that is kept; what changed in it is not known.</param>
    /// <param name="revisionsKept">How many revisions stay without being compacted; up to a quarter more do now and then.</param>
    /// <param name="bytesKept">How many bytes of keys and values their changes may hold, with the same quarter.</param>
    public RevisionHistory(KeySpace first, int revisionsKept = int.MaxValue, long bytesKept = long.MaxValue)
    {
        _revisionsKept = revisionsKept;
        _bytesKept = bytesKept;
        _current = first;
    }

    /// <summary>The newest revision.</summary>
    public KeySpace Current
    {
        get
        {
            lock (_lock)
            {
                ThrowIfClosed();
                return _current;
            }
        }
    }

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _closed is not null;
            }
        }
    }

    private long OldestRevision => NewestRevision - _revisions.Count + 1;

    private long NewestRevision => _current.Revision;

    /// <summary>Reads a range as of a revision, or of the newest where that is 0.</summary>
    public RangeResult Range(KeyRange range, int limit, long revision)
    {
        KeySpace asked;
        long newest;
        lock (_lock)
        {
            ThrowIfClosed();
            newest = NewestRevision;
            if (revision == 0)
            {
                revision = newest;
            }

            ThrowIfNotKept(revision);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, newest);
            asked = AsOf(revision);
        }

        var result = asked.Range(range, limit);
        return revision == newest ? result : result with { Revision = newest };
    }

    /// <summary>Makes revisions visible, to reads and to watches.</summary>
    /// <param name="steps">Those that follow on the newest, in order; ones that change nothing are passed over.</param>
    public void Publish(params ReadOnlySpan<KeySpaceStep> steps)
    {
        List<TaskCompletionSource> waiters;
        lock (_lock)
        {
            var before = NewestRevision;
            foreach (var step in steps)
            {
                if (step.Changes.Count > 0)
                {
                    _revisions.Add(new(step.Changes, [.. step.Changes.Select(change => _current.Find(change.Key))]));
                    _bytes += Bytes(step.Changes);
                    _current = step.Next;
                }
            }

            if (NewestRevision == before)
            {
                return;
            }

            Trim();
            waiters = TakeWaiters();
        }

        foreach (var waiter in waiters)
        {
            waiter.TrySetResult();
        }
    }

    /// <summary>Forgets the revisions before one; none where they are forgotten already.</summary>
    public void Compact(long revision)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, NewestRevision);
            RemoveOldest((int)Math.Max(0, revision - OldestRevision));
        }
    }

    /// <summary>Ends all watches, and everything from now on, with an exception; the first reason stays.</summary>
    public void Close(Func<Exception> reason)
    {
        List<TaskCompletionSource> waiters;
        lock (_lock)
        {
            _closed ??= reason;
            waiters = TakeWaiters();
        }

        foreach (var waiter in waiters)
        {
            waiter.TrySetResult();
        }
    }

    /// <summary>Throws the exception that the history was closed with.</summary>
    public void ThrowIfClosed()
    {
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw _closed();
            }
        }
    }

    /// <summary>Every change under a prefix from a revision on; an empty batch where there is none up to the newest revision.</summary>
    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = fromRevision;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TakeBatch(prefix, ref next, out var waiter) is { } batch)
            {
                yield return batch;
                continue;
            }

            // Not Task.WaitAsync: it comes back by way of the thread pool, which a simulation must not see.
            using (cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiter))
            {
                try
                {
                    await waiter!.Task;
                }
                catch (OperationCanceledException)
                {
                    Forget(waiter!);
                    throw;
                }
            }
        }
    }

    private KeySpace AsOf(long revision)
    {
        if (revision == NewestRevision)
        {
            return _current;
        }

        var entries = _current.Entries.ToBuilder();
        for (var i = _revisions.Count - 1; i > revision - OldestRevision; i--)
        {
            var (changes, before) = _revisions[i];
            for (var j = 0; j < before.Length; j++)
            {
                entries.Remove(KeySpace.Probe(changes[j].Key));
                if (before[j] is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }

        return new(revision, entries.ToImmutable());
    }

    private WatchBatch? TakeBatch(string prefix, ref long nextRevision, out TaskCompletionSource? waiter)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            ThrowIfNotKept(nextRevision);
            var from = nextRevision;
            List<MetadataChange> matching = [];
            while (nextRevision <= NewestRevision && matching.Count < ChangesPerBatch)
            {
                foreach (var change in _revisions[(int)(nextRevision - OldestRevision)].Changes)
                {
                    if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        matching.Add(change);
                    }
                }

                nextRevision++;
            }

            if (nextRevision > from)
            {
                waiter = null;
                return new(nextRevision - 1, matching);
            }

            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add(waiter);
            return null;
        }
    }

    private void Forget(TaskCompletionSource waiter)
    {
        lock (_lock)
        {
            _waiters.Remove(waiter);
        }
    }

    private List<TaskCompletionSource> TakeWaiters()
    {
        var waiters = _waiters;
        _waiters = [];
        return waiters;
    }

    private void Trim()
    {
        // Not before a quarter is too much, because removing from the front moves all that stays.
        if (_revisions.Count - _revisionsKept <= _revisionsKept / 4 && _bytes - _bytesKept <= _bytesKept / 4)
        {
            return;
        }

        var removed = (int)Math.Max(0, _revisions.Count - _revisionsKept);
        var bytes = _bytes - BytesOfOldest(removed);
        for (; bytes > _bytesKept && removed < _revisions.Count - 1; removed++)
        {
            bytes -= Bytes(_revisions[removed].Changes);
        }

        RemoveOldest(removed);
    }

    private void RemoveOldest(int count)
    {
        _bytes -= BytesOfOldest(count);
        _revisions.RemoveRange(0, count);
    }

    private long BytesOfOldest(int count)
    {
        long bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += Bytes(_revisions[i].Changes);
        }

        return bytes;
    }

    private static long Bytes(IReadOnlyList<MetadataChange> changes)
    {
        long bytes = 0;
        foreach (var change in changes)
        {
            bytes += change.Key.Length + (change.Entry?.Value.Length ?? 0);
        }

        return bytes;
    }

    private void ThrowIfNotKept(long revision)
    {
        if (revision < OldestRevision)
        {
            throw new RevisionCompactedException(OldestRevision);
        }
    }

    /// <param name="Changes">What changed, in the order in which it did.</param>
    /// <param name="Before">Of the key of each change, what the revision before had; null where it had none.</param>
    private readonly record struct Revision(IReadOnlyList<MetadataChange> Changes, MetadataEntry?[] Before);
}
