using System.Collections.Immutable;

namespace Kafscale.Metadata.Revisions;

/// <summary>Makes the next revision of a key space.</summary>
internal sealed class KeySpaceBuilder(KeySpace current)
{
    private readonly ImmutableSortedSet<MetadataEntry>.Builder _entries = current.Entries.ToBuilder();
    private readonly List<MetadataChange> _changes = [];
    private readonly long _revision = current.Revision + 1;

    /// <summary>The revision that the store has if nothing more is done.</summary>
    private long RevisionSoFar => _changes.Count == 0 ? current.Revision : _revision;

    /// <summary>Sets a key; its create revision stays if it exists, its lease becomes the one given.</summary>
    public void Put(Operation.Put put)
    {
        var created = _revision;
        if (_entries.TryGetValue(KeySpace.Probe(put.Key), out var before))
        {
            created = before.CreateRevision;
            _entries.Remove(before);
        }

        var entry = new MetadataEntry(put.Key, put.Value, created, _revision, put.LeaseId);
        _entries.Add(entry);
        _changes.Add(new(put.Key, _revision, entry));
    }

    /// <summary>Deletes a key that exists.</summary>
    public void Delete(string key)
    {
        _entries.Remove(KeySpace.Probe(key));
        _changes.Add(new(key, _revision, null));
    }

    /// <summary>Deletes the keys of a range.</summary>
    public void Delete(KeyRange range)
    {
        foreach (var entry in Read(range, 0).Entries)
        {
            Delete(entry.Key);
        }
    }

    /// <summary>Reads a range as it is after what was done so far.</summary>
    public RangeResult Read(KeyRange range, int limit) => new KeySpace(RevisionSoFar, _entries.ToImmutable()).Range(range, limit);

    /// <summary>Ends the revision; without any change, there is none.</summary>
    public KeySpaceStep Finish(bool succeeded, IReadOnlyList<RangeResult> reads) =>
        new(
            _changes.Count == 0 ? current : new(_revision, _entries.ToImmutable()),
            [.. _changes],
            new(succeeded, RevisionSoFar, reads));
}
