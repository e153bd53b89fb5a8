using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Broker.Recovery;

/// <summary>Reads the metadata store for a snapshot.</summary>
internal sealed class SnapshotSource(IMetadataStore store, MetadataKeys keys, TimeProvider timeProvider)
{
    /// <summary>
    /// Reads everything as of one revision. Of commits only the keys are kept, and the lists of checkpoints, because the WAL objects say
    /// the rest; of sessions their numbers.
    /// </summary>
    public async Task<MetadataSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var (revision, all) = await store.ReadAllAsync(KeyRange.Prefix(keys.Root), cancellationToken);
        var cluster = all.Find(entry => entry.Key == keys.Cluster) is { } found
            ? ClusterRecord.Parser.ParseFrom(found.Value.Span)
            : new ClusterRecord();
        return new MetadataSnapshot
        {
            Incarnation = cluster.Incarnation,
            Revision = revision,
            CreatedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
            ClusterId = cluster.ClusterId,
            LiveSessions =
            [
                .. from entry in all
                   where entry.Key.StartsWith(keys.Sessions, StringComparison.Ordinal)
                   select SessionNumbers.Of(cluster.Incarnation, entry.CreateRevision),
            ],
            Entries = [.. all.Where(IsKept).Select(ToSnapshot)],
        };
    }

    // What belongs to a lease goes with it; and the next coordinator of the groups begins anew.
    private bool IsKept(MetadataEntry entry) =>
        entry.LeaseId == 0 && entry.Key != keys.Cluster && !entry.Key.StartsWith(keys.Coordinators, StringComparison.Ordinal);

    private SnapshotEntry ToSnapshot(MetadataEntry entry) => new(
        entry.Key[keys.Root.Length..], entry.Key.StartsWith(keys.Commits, StringComparison.Ordinal) ? default : entry.Value);
}
