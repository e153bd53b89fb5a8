using System.Buffers;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>Publishes a new version of a partition's manifest: the object first, then the metadata record that names it.</summary>
internal sealed class ManifestSink(IObjectStore objectStore, ManifestSource manifests, ObjectKeys objectKeys, PartitionRecordWriter records)
{
    /// <summary>Writes the manifest under the next free version from its own on, and makes it the partition's current one.</summary>
    /// <returns>False where the partition is no longer led in that epoch: nobody refers to what was written.</returns>
    public async Task<bool> PublishAsync(PartitionLog log, int leaderEpoch, Manifest manifest, CancellationToken cancellationToken)
    {
        var previous = log.Record.Record.ManifestVersion;
        var current = await WriteAsync(manifest, cancellationToken);
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

            // Also the one before the previous: its deletion may have been cut off last time. A reader that still
            // looks for one of them finds the new version in the record.
            var outdated = new List<string>();
            for (var version = Math.Max(1, previous - 1); version < current.Version; version++)
            {
                outdated.Add(objectKeys.Manifest(log.Id.TopicId, log.Id.Partition, version));
            }

            await objectStore.DeleteAsync(outdated, cancellationToken);
        }

        return published;
    }

    private static SegmentsRecord Summarize(Manifest manifest)
    {
        var summary = new SegmentsRecord { Bytes = manifest.Segments.Sum(segment => segment.SegmentBytes) };
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
