using System.Buffers;
using System.Collections.Concurrent;
using Kafscale.Broker.Telemetry;
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
/// Each step leaves a state that can be gone on from: a segment that nobody refers to is adopted by the next
/// attempt, and until the last step readers know nothing of it.
/// </remarks>
internal sealed partial class SegmentMerger(
    IObjectStore objectStore,
    CachedObjectReader cache,
    ManifestSource manifests,
    ManifestSink sink,
    ManifestExtension extension,
    PartitionRecordWriter records,
    ObjectRemover remover,
    ObjectKeys objectKeys,
    TimeSpan gracePeriod,
    MaintenanceMetrics metrics,
    TimeProvider timeProvider,
    ILogger<SegmentMerger> logger)
{
    // Partitions whose next segment's key was just cleared of what did not belong there, and when.
    private readonly ConcurrentDictionary<TopicPartition, long> _clearedAt = new();

    /// <summary>The slices from the oldest on that make a segment of <paramref name="segmentBytes"/>, or all there are.</summary>
    public static List<TailSlice> Select(PartitionLog log, int segmentBytes)
    {
        var selected = new List<TailSlice>();
        var bytes = 0L;
        foreach (var slice in log.Tail)
        {
            var isTooLong = bytes + slice.BodyLength > SegmentFormat.MaxLength - SegmentFormat.HeaderLength - SegmentFormat.FooterLength;
            var hasTooManyRecords = selected.Count > 0 && slice.EndOffset - selected[0].BaseOffset > int.MaxValue;
            if (bytes >= segmentBytes || isTooLong || hasTooManyRecords)
            {
                break;
            }

            selected.Add(slice);
            bytes += slice.BodyLength;
        }

        return selected;
    }

    /// <summary>Reads slices of any number of partitions.</summary>
    public Task<MergeInput> ReadAsync(IEnumerable<TailSlice> slices, CancellationToken cancellationToken) =>
        MergeInput.ReadAsync(slices, cache, objectStore, cancellationToken);

    /// <summary>Merges slices, of which the first is the oldest there is.</summary>
    /// <returns>Whether the partition is merged further than before.</returns>
    public async Task<bool> MergeAsync(
        PartitionLog log, int leaderEpoch, IReadOnlyList<TailSlice> slices, MergeInput input, CancellationToken cancellationToken)
    {
        if (slices.Count == 0 || IsBeingCleared(log))
        {
            return false;
        }

        var manifest = await manifests.ReadAsync(log, cancellationToken);
        if (manifest is { Segments: [.., var last] } && last.EndOffset != slices[0].BaseOffset)
        {
            // Records in between were deleted: the old segments must leave the manifest before a new one can follow.
            return false;
        }

        var source = new MergeSource(log.Id, slices, input);
        var createdAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var key = objectKeys.Segment(log.Id.Topic, log.Id.Partition, source.BaseOffset);
        try
        {
            await objectStore.PutAsync(key, source.ToSegment(createdAtMs), PutCondition.IfNoneMatch, cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            return await AdoptAsync(log, leaderEpoch, manifest, source.BaseOffset, key, cancellationToken);
        }

        return await PublishAsync(log, leaderEpoch, manifest, source, createdAtMs, cancellationToken);
    }

    // An earlier attempt got as far as the segment. It was built from the same committed slices, though perhaps from
    // fewer or more of them: where its bytes are theirs, it is as good as ours. Anything else was written late for a deleted
    // topic of the same name, or is damaged, and must go first: a key is written once.
    private async Task<bool> AdoptAsync(
        PartitionLog log, int leaderEpoch, Manifest? manifest, long baseOffset, string key, CancellationToken cancellationToken)
    {
        var properties = await objectStore.HeadAsync(key, cancellationToken);
        if (properties is not { } found)
        {
            return false;
        }

        if (await ReadAsync(key, found.Length, cancellationToken) is { } existing)
        {
            var slices = log.Tail.TakeWhile(slice => slice.EndOffset <= existing.LastOffset + 1).ToList();
            if (slices.Count > 0 && slices[0].BaseOffset == existing.BaseOffset && slices[^1].EndOffset == existing.LastOffset + 1)
            {
                using var input = await ReadAsync(slices, cancellationToken);
                var source = new MergeSource(log.Id, slices, input);
                if (source.Crc == existing.BatchesCrc && source.Length == existing.Batches.Length)
                {
                    LogAdopted(key);
                    return await PublishAsync(log, leaderEpoch, manifest, source, existing.CreatedAtMs, cancellationToken);
                }
            }
        }

        // Only for the leader does this say that it holds other records: what somebody who has taken over meanwhile has merged
        // is not known here, or is not in the tail any more. Writing the record as it is asks whether that has happened.
        if (await records.UpdateAsync(log, leaderEpoch, static _ => true, cancellationToken))
        {
            await ClearAsync(log, baseOffset, key, cancellationToken);
        }

        return false;
    }

    // What does not even parse is treated like what holds other records.
    private async Task<Segment?> ReadAsync(string key, long length, CancellationToken cancellationToken)
    {
        if (length > SegmentFormat.MaxLength)
        {
            return null;
        }

        var bytes = await WholeObject.ReadAsync(objectStore, key, length, cancellationToken);
        try
        {
            return SegmentReader.Read(key, bytes);
        }
        catch (CorruptObjectException)
        {
            return null;
        }
    }

    // Only the leader does this, where no manifest of its topic can refer to the key. A deletion that is not known to have
    // happened may still come: the key is not written before that is over.
    private async Task ClearAsync(PartitionLog log, long baseOffset, string key, CancellationToken cancellationToken)
    {
        LogForeign(key, log.Id);
        _clearedAt[log.Id] = timeProvider.GetTimestamp();
        await remover.RemoveAsync([key, objectKeys.Index(log.Id.Topic, log.Id.Partition, baseOffset)], cancellationToken);
    }

    private bool IsBeingCleared(PartitionLog log)
    {
        if (!_clearedAt.TryGetValue(log.Id, out var clearedAt))
        {
            return false;
        }

        if (timeProvider.GetElapsedTime(clearedAt) < gracePeriod)
        {
            return true;
        }

        _clearedAt.TryRemove(log.Id, out _);
        return false;
    }

    private async Task<bool> PublishAsync(
        PartitionLog log, int leaderEpoch, Manifest? manifest, MergeSource source, long createdAtMs, CancellationToken cancellationToken)
    {
        // What the index holds follows from the segment alone, so writing it again changes nothing.
        var indexBytes = source.ToIndex();
        await objectStore.PutAsync(
            objectKeys.Index(log.Id.Topic, log.Id.Partition, source.BaseOffset), new ReadOnlySequence<byte>(indexBytes), PutCondition.None, cancellationToken);
        var segment = new ManifestSegment(
            source.BaseOffset,
            source.EndOffset,
            source.Length + SegmentFormat.HeaderLength + SegmentFormat.FooterLength,
            indexBytes.Length,
            source.RecordCount,
            source.FirstTimestampMs,
            source.MaxTimestampMs,
            createdAtMs);
        var published = await sink.PublishAsync(log, leaderEpoch, Extend(log, manifest, source.Slices, segment), cancellationToken);
        if (published)
        {
            metrics.OnMerged(segment.SegmentBytes);
            LogMerged(log.Id, source.Slices.Count, segment.BaseOffset, segment.EndOffset, segment.SegmentBytes);
        }

        return published;
    }

    private Manifest Extend(PartitionLog log, Manifest? manifest, IReadOnlyList<TailSlice> slices, ManifestSegment segment)
    {
        // Records may have been deleted before they were merged.
        var passed = log.Deleted.Where(slice => slice.EndOffset <= segment.BaseOffset).Concat(slices).ToList();
        return extension.Extend(log, manifest, passed) with { Segments = [.. manifest?.Segments ?? [], segment] };
    }

    [LoggerMessage(1301, LogLevel.Information, "Merged {Slices} slices of {Partition} into a segment of offsets {BaseOffset} to before {EndOffset}, {Bytes} bytes.")]
    private partial void LogMerged(TopicPartition partition, int slices, long baseOffset, long endOffset, long bytes);

    [LoggerMessage(1302, LogLevel.Information, "Adopting {Key}, which an earlier attempt has written.")]
    private partial void LogAdopted(string key);

    [LoggerMessage(1303, LogLevel.Error, "{Key} exists and does not hold the committed records of {Partition}: it is deleted, and they are merged later.")]
    private partial void LogForeign(string key, TopicPartition partition);
}
