namespace Kafscale.Metadata.Cluster;

/// <summary>
/// Follows every key of a cluster from one consistent read on: the listener sees the whole state once and
/// then each change exactly once, in revision order, also when the watch breaks or falls behind compaction.
/// </summary>
public sealed class MetadataFollower(IMetadataStore store, MetadataKeys keys, IMetadataListener listener, TimeProvider timeProvider)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly List<(long Revision, TaskCompletionSource Applied)> _waiters = [];

    // What the listener has been told of, so that a fresh read can be turned into the changes that were missed.
    private readonly Dictionary<string, long> _knownKeys = [];
    private long _appliedRevision;

    /// <summary>The listener has been told of everything up to and including this revision.</summary>
    public long AppliedRevision => Volatile.Read(ref _appliedRevision);

    /// <summary>Reads the whole state and tells the listener.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (revision, changes) = await ReadChangesAsync(cancellationToken);
            try
            {
                await listener.PrepareAsync(changes, cancellationToken);
            }
            catch (MetadataOutdatedException)
            {
                // At once: what has changed is there to be read.
                continue;
            }

            Apply(changes, revision);
            return;
        }
    }

    /// <summary>Follows changes from the last applied revision on until cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await foreach (var batch in store.WatchAsync(keys.Root, AppliedRevision + 1, cancellationToken))
                {
                    Apply(batch.Changes, batch.Revision);
                }
            }
            catch (RevisionCompactedException)
            {
                await ReloadAsync(cancellationToken);
            }
            catch (MetadataUnavailableException)
            {
                await Task.Delay(RetryDelay, timeProvider, cancellationToken);
            }
        }
    }

    /// <summary>Completes once the listener has been told of everything up to <paramref name="revision"/>.</summary>
    public async Task WaitForRevisionAsync(long revision, CancellationToken cancellationToken)
    {
        TaskCompletionSource applied;
        lock (_lock)
        {
            if (_appliedRevision >= revision)
            {
                return;
            }

            applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((revision, applied));
        }

        await applied.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Completes once the listener has been told of everything that the store holds now.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var now = await store.RangeAsync(KeyRange.Key(keys.Cluster), 1, 0, cancellationToken);
        await WaitForRevisionAsync(now.Revision, cancellationToken);
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await LoadAsync(cancellationToken);
                return;
            }
            catch (MetadataUnavailableException)
            {
                await Task.Delay(RetryDelay, timeProvider, cancellationToken);
            }
        }
    }

    private async Task<(long Revision, List<MetadataChange> Changes)> ReadChangesAsync(CancellationToken cancellationToken)
    {
        var (revision, entries) = await ReadNewestAsync(cancellationToken);
        var seen = new HashSet<string>(entries.Count);
        var changes = new List<MetadataChange>();
        foreach (var entry in entries)
        {
            seen.Add(entry.Key);
            if (_knownKeys.GetValueOrDefault(entry.Key) != entry.ModRevision)
            {
                changes.Add(new MetadataChange(entry.Key, entry.ModRevision, entry));
            }
        }

        foreach (var key in _knownKeys.Keys)
        {
            if (!seen.Contains(key))
            {
                changes.Add(new MetadataChange(key, revision, null));
            }
        }

        return (revision, changes);
    }

    private async Task<(long Revision, List<MetadataEntry> Entries)> ReadNewestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await store.ReadAllAsync(KeyRange.Prefix(keys.Root), cancellationToken);
            }
            catch (RevisionCompactedException)
            {
                // The revision was compacted away between two pages; a newer one is there to be read.
            }
        }
    }

    private void Apply(IReadOnlyList<MetadataChange> changes, long revision)
    {
        foreach (var change in changes)
        {
            if (change.Entry is null)
            {
                _knownKeys.Remove(change.Key);
            }
            else
            {
                _knownKeys[change.Key] = change.Entry.ModRevision;
            }
        }

        if (changes.Count > 0)
        {
            listener.Apply(changes, revision);
        }

        lock (_lock)
        {
            Volatile.Write(ref _appliedRevision, Math.Max(_appliedRevision, revision));
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Revision <= revision)
                {
                    _waiters[i].Applied.SetResult();
                    _waiters.RemoveAt(i);
                }
            }
        }
    }
}
