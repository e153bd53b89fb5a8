using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Merges a partition's committed slices into one segment with its index, lists it in a new manifest, and moves the
/// partition's merged-through offset under the session's fence.
/// </summary>
/// <remarks>
/// Each step leaves a state that can be gone on from: a segment that nobody refers to is adopted or replaced by the next
/// attempt, and until the last step readers know nothing of it.
/// </remarks>
internal sealed partial class SegmentMerger(
    IObjectStore objectStore,
    CachedObjectReader objects,
    ManifestSource manifests,
    ManifestSink sink,
    ObjectKeys objectKeys,
    TimeProvider timeProvider,
    ILogger<SegmentMerger> logger)
{
    /// <summary>Merges slices from the oldest on until the segment has <paramref name="segmentBytes"/>.</summary>
    /// <returns>Whether the partition is merged further than before.</returns>
    public async Task<bool> MergeAsync(PartitionLog log, int leaderEpoch, int segmentBytes, CancellationToken cancellationToken)
    {
        var slices = Select(log, segmentBytes);
        if (slices.Count == 0)
        {
            return false;
        }

        var manifest = await manifests.ReadAsync(log, cancellationToken);
        if (manifest is { Segments: [.., var last] } && last.EndOffset != slices[0].BaseOffset)
        {
            // Records in between were deleted: the old segments must leave the manifest before a new one can follow.
            return false;
        }

        var leases = new List<ObjectBytes>(slices.Count);
        try
        {
            foreach (var slice in slices)
            {
                leases.Add(await objects.ReadAsync(
                    slice.WalObject.Key, slice.WalObject.Length, slice.BodyPosition, slice.BodyLength, cancellationToken));
            }

            var segment = await WriteSegmentAsync(log, slices, leases, cancellationToken);
            var merged = Extend(log, manifest, slices, segment);
            var published = await sink.PublishAsync(log, leaderEpoch, merged, cancellationToken);
            if (published)
            {
                LogMerged(log.Id, slices.Count, segment.BaseOffset, segment.EndOffset, segment.SegmentBytes);
            }

            return published;
        }
        finally
        {
            foreach (var lease in leases)
            {
                lease.Dispose();
            }
        }
    }

    private static List<TailSlice> Select(PartitionLog log, int segmentBytes)
    {
        var selected = new List<TailSlice>();
        var bytes = 0L;
        foreach (var slice in log.Tail)
        {
            if (bytes >= segmentBytes || bytes + slice.BodyLength > SegmentFormat.MaxLength - SegmentFormat.HeaderLength - SegmentFormat.FooterLength)
            {
                break;
            }

            selected.Add(slice);
            bytes += slice.BodyLength;
        }

        return selected;
    }

    private async Task<ManifestSegment> WriteSegmentAsync(
        PartitionLog log, List<TailSlice> slices, List<ObjectBytes> leases, CancellationToken cancellationToken)
    {
        var createdAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var index = new SparseIndexBuilder();
        var parts = new SegmentPart[slices.Count];
        var contents = new SegmentContents(log.Id, slices[0].BaseOffset);
        for (var i = 0; i < slices.Count; i++)
        {
            contents.Add(leases[i].Bytes, index);
            parts[i] = new SegmentPart(leases[i].Bytes, Crc32C.Compute(leases[i].Bytes));
        }

        var bytes = SegmentWriter.Write(contents.BaseOffset, contents.EndOffset - 1, contents.RecordCount, createdAtMs, parts);
        var indexBytes = index.ToArray();

        // The index first: a segment that can be found by listing always has one.
        await objectStore.PutAsync(
            objectKeys.Index(log.Id.Topic, log.Id.Partition, contents.BaseOffset), new ReadOnlySequence<byte>(indexBytes), PutCondition.None, cancellationToken);
        await PutSegmentAsync(objectKeys.Segment(log.Id.Topic, log.Id.Partition, contents.BaseOffset), bytes, cancellationToken);
        return new ManifestSegment(
            contents.BaseOffset,
            contents.EndOffset,
            bytes.Length,
            indexBytes.Length,
            contents.RecordCount,
            contents.FirstTimestampMs,
            contents.MaxTimestampMs,
            createdAtMs);
    }

    // No manifest refers to the key yet, so what lies there is left over from an attempt that did not get as far as the
    // manifest, or from a deleted topic of the same name. Nobody reads it, and what is right is known: it is replaced.
    private async Task PutSegmentAsync(string key, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await objectStore.PutAsync(key, bytes, PutCondition.IfNoneMatch, cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            LogReplaced(key);
            objects.Remove(key);
            await objectStore.PutAsync(key, bytes, PutCondition.None, cancellationToken);
        }
    }

    private static Manifest Extend(PartitionLog log, Manifest? manifest, List<TailSlice> slices, ManifestSegment segment)
    {
        var epochs = new List<LeaderEpochStart>(manifest?.LeaderEpochs ?? []);
        foreach (var slice in slices)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch < slice.LeaderEpoch)
            {
                epochs.Add(new LeaderEpochStart(slice.LeaderEpoch, slice.BaseOffset));
            }
        }

        return new Manifest
        {
            TopicId = log.Id.TopicId,
            TopicName = log.Id.Topic,
            Partition = log.Id.Partition,
            Version = (manifest?.Version ?? 0) + 1,
            LogStartOffset = log.LogStartOffset,
            MergedThroughOffset = segment.EndOffset,
            Segments = [.. manifest?.Segments ?? [], segment],
            LeaderEpochs = epochs,
            Producers = ProducerBatchConversions.ToSnapshots(ProducerRecovery.Restore(manifest, slices).Batches),
        };
    }

    [LoggerMessage(1301, LogLevel.Information, "Merged {Slices} slices of {Partition} into a segment of offsets {BaseOffset} to before {EndOffset}, {Bytes} bytes.")]
    private partial void LogMerged(TopicPartition partition, int slices, long baseOffset, long endOffset, long bytes);

    [LoggerMessage(1302, LogLevel.Information, "Replacing {Key}, which no manifest refers to.")]
    private partial void LogReplaced(string key);
}
