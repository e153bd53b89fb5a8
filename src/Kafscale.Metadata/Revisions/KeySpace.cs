using System.Collections.Immutable;

namespace Kafscale.Metadata.Revisions;

/// <summary>
/// All keys as of one revision. Immutable: a transaction makes the next one, which its store keeps or throws away.
/// </summary>
internal sealed class KeySpace
{
    /// <summary>Makes the key space of a revision from a set that is ordered by <see cref="KeyOrder"/>.</summary>
    public KeySpace(long revision, ImmutableSortedSet<MetadataEntry> entries)
    {
        Revision = revision;
        Entries = entries;
    }

    /// <summary>A store that was never written; as in etcd, the first change makes revision 2.</summary>
    public static KeySpace Empty { get; } = Create(1, []);

    /// <summary>The revision of the last change.</summary>
    public long Revision { get; }

    /// <summary>Every key that exists.</summary>
    public ImmutableSortedSet<MetadataEntry> Entries { get; }

    /// <summary>Makes the key space of a revision from its keys, in any order.</summary>
    public static KeySpace Create(long revision, IEnumerable<MetadataEntry> entries) =>
        new(revision, ImmutableSortedSet.CreateRange(KeyOrder.Instance, entries));

    /// <summary>Looks a key up.</summary>
    /// <returns><see langword="null"/> where it does not exist.</returns>
    public MetadataEntry? Find(string key) => Entries.TryGetValue(Probe(key), out var entry) ? entry : null;

    /// <summary>Reads the keys of a range, at most <paramref name="limit"/> of them unless that is 0.</summary>
    public RangeResult Range(KeyRange range, int limit)
    {
        var first = IndexOfFirstNotBefore(range.Start);
        var end = range.End switch
        {
            null => first < Entries.Count && Entries[first].Key == range.Start ? first + 1 : first,
            "" => Entries.Count,
            _ => Math.Max(first, IndexOfFirstNotBefore(range.End)),
        };
        var count = limit == 0 ? end - first : Math.Min(limit, end - first);
        var found = new MetadataEntry[count];
        for (var i = 0; i < count; i++)
        {
            found[i] = Entries[first + i];
        }

        return new(Revision, found, count < end - first);
    }

    /// <summary>Evaluates a transaction; this key space stays as it is.</summary>
    /// <exception cref="LeaseNotFoundException">A put of the branch that is taken names a lease that does not exist.</exception>
    public KeySpaceStep Apply(MetadataTransaction transaction, LeaseTable leases)
    {
        var succeeded = Holds(transaction.Comparisons);
        var next = new KeySpaceBuilder(this);
        List<RangeResult>? reads = null;
        foreach (var operation in succeeded ? transaction.Then : transaction.Else)
        {
            switch (operation)
            {
                case Operation.Put put when put.LeaseId != 0 && !leases.IsAlive(put.LeaseId):
                    throw new LeaseNotFoundException(put.LeaseId);
                case Operation.Put put:
                    next.Put(put);
                    break;
                case Operation.Delete delete:
                    next.Delete(delete.Range);
                    break;
                case Operation.Get get:
                    (reads ??= []).Add(next.Read(get.Range, get.Limit));
                    break;
            }
        }

        return next.Finish(succeeded, reads ?? []);
    }

    /// <summary>Deletes the keys that live with a lease, in one revision.</summary>
    public KeySpaceStep DeleteKeysOf(long leaseId) => DeleteWhere(entry => entry.LeaseId == leaseId);

    /// <summary>Deletes every key that lives with any lease, in one revision.</summary>
    public KeySpaceStep DeleteLeasedKeys() => DeleteWhere(entry => entry.LeaseId != 0);

    private KeySpaceStep DeleteWhere(Func<MetadataEntry, bool> condition)
    {
        // Looks at every key: leases end far too rarely for an index of their keys to be worth keeping true.
        var next = new KeySpaceBuilder(this);
        foreach (var entry in Entries.Where(condition))
        {
            next.Delete(entry.Key);
        }

        return next.Finish(succeeded: true, []);
    }

    private bool Holds(IReadOnlyList<Comparison> comparisons)
    {
        foreach (var comparison in comparisons)
        {
            var entry = Find(comparison.Key);
            var holds = comparison.Target switch
            {
                ComparisonTarget.CreateRevision => (entry?.CreateRevision ?? 0) == comparison.Revision,
                ComparisonTarget.ModRevision => (entry?.ModRevision ?? 0) == comparison.Revision,
                _ => entry is not null && entry.Value.Span.SequenceEqual(comparison.Value.Span),
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private int IndexOfFirstNotBefore(string key)
    {
        var index = Entries.IndexOf(Probe(key));
        return index < 0 ? ~index : index;
    }

    /// <summary>An entry that finds the one with its key in a set.</summary>
    public static MetadataEntry Probe(string key) => new(key, default, 0, 0, 0);
}
