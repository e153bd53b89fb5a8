using System.Buffers;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>Publishes a new version of a partition's manifest: the object first, then the metadata record that names it.</summary>
/// <remarks>
/// The upper half of a version is the leader epoch in which it was written. So no leader writes under a key that an earlier one
/// may have used, and a version of an earlier epoch than the partition's that is not the current one never will be.
/// </remarks>
internal sealed class ManifestSink(IObjectStore objectStore, ManifestSource manifests, ObjectKeys objectKeys, PartitionRecordWriter records)
{
    private const int EpochShift = 32;

    // Versions that earlier attempts have taken and that are deleted with the previous one.
    private const int MaxTakenVersions = 100;

    /// <summary>The leader epoch in which a version was written.</summary>
    public static long EpochOf(long version) => version >> EpochShift;

    /// <summary>Writes the manifest under the next free version from its own on, and makes it the partition's current one.</summary>
    /// <returns>False where the partition is no longer led in that epoch: nobody refers to what was written.</returns>
    public async Task<bool> PublishAsync(PartitionLog log, int leaderEpoch, Manifest manifest, CancellationToken cancellationToken)
    {
        var previous = log.Record.Record.ManifestVersion;
        var first = Math.Max(manifest.Version, (long)leaderEpoch << EpochShift);
        var current = await WriteAsync(manifest with { Version = first }, cancellationToken);
        var published = await records.UpdateAsync(
            log,
            leaderEpoch,
            record =>
            {
                record.ManifestVersion = current.Version;
                record.MergedThroughOffset = current.MergedThroughOffset;
                record.Segments = Summarize(current);
                return true;
            },
            cancellationToken);
        if (published)
        {
            manifests.Replace(log, previous, current);

            // A reader that still looks for one of them finds the new version in the record. Should the deletion be
            // cut off, the search for what nothing refers to finds them.
            var outdated = new List<string>();
            if (previous > 0)
            {
                outdated.Add(objectKeys.Manifest(log.Id.TopicId, log.Id.Partition, previous));
            }

            for (var version = Math.Max(first, current.Version - MaxTakenVersions); version < current.Version; version++)
            {
                outdated.Add(objectKeys.Manifest(log.Id.TopicId, log.Id.Partition, version));
            }

            await objectStore.DeleteAsync(outdated, cancellationToken);
        }

        return published;
    }

    /// <summary>What the partition's metadata record says of a manifest's segments.</summary>
    public static SegmentsRecord Summarize(Manifest manifest)
    {
        var summary = new SegmentsRecord { Bytes = manifest.Segments.Sum(segment => segment.SegmentBytes), Count = manifest.Segments.Count };
        if (manifest.Segments is [var oldest, ..])
        {
            summary.OldestBytes = oldest.SegmentBytes;
            summary.OldestEndOffset = oldest.EndOffset;
            summary.OldestTimeMs = LogRetention.TimeOf(oldest);
        }

        return summary;
    }

    // A version that is taken was written by an attempt whose record update did not happen, or has not been heard of yet.
    private async Task<Manifest> WriteAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await objectStore.PutAsync(
                    objectKeys.Manifest(manifest.TopicId, manifest.Partition, manifest.Version),
                    new ReadOnlySequence<byte>(ManifestWriter.Write(manifest)),
                    PutCondition.IfNoneMatch,
                    cancellationToken);
                return manifest;
            }
            catch (ObjectAlreadyExistsException)
            {
                manifest = manifest with { Version = manifest.Version + 1 };
            }
        }
    }
}
