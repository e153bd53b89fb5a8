using System.Buffers;
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
    ObjectKeys objectKeys,
    TimeSpan producerExpiration,
    TimeProvider timeProvider,
    ILogger<SegmentMerger> logger)
{
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

        var source = new MergeSource(log.Id, slices, input);
        var createdAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var key = objectKeys.Segment(log.Id.Topic, log.Id.Partition, source.BaseOffset);
        try
        {
            await objectStore.PutAsync(key, source.ToSegment(createdAtMs), PutCondition.IfNoneMatch, cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            return await AdoptAsync(log, leaderEpoch, manifest, key, cancellationToken);
        }

        return await PublishAsync(log, leaderEpoch, manifest, source, createdAtMs, cancellationToken);
    }

    // An earlier attempt got as far as the segment. It was built from the same committed slices, though perhaps from
    // fewer or more of them: where its bytes are theirs, it is as good as ours. Anything else is left alone, as a key is
    // written once: the records stay where they are, and the key is free again when the leftover is collected.
    private async Task<bool> AdoptAsync(PartitionLog log, int leaderEpoch, Manifest? manifest, string key, CancellationToken cancellationToken)
    {
        var properties = await objectStore.HeadAsync(key, cancellationToken);
        if (properties is not { Length: <= SegmentFormat.MaxLength } found)
        {
            return false;
        }

        var bytes = new byte[found.Length];
        var length = await objectStore.ReadAsync(key, 0, bytes, cancellationToken);
        var existing = SegmentReader.Read(key, new ReadOnlySequence<byte>(bytes, 0, length));
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

        LogForeign(key, log.Id);
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
            LogMerged(log.Id, source.Slices.Count, segment.BaseOffset, segment.EndOffset, segment.SegmentBytes);
        }

        return published;
    }

    private Manifest Extend(PartitionLog log, Manifest? manifest, IReadOnlyList<TailSlice> slices, ManifestSegment segment)
    {
        var epochs = new List<LeaderEpochStart>(manifest?.LeaderEpochs ?? []);
        foreach (var slice in slices)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch < slice.LeaderEpoch)
            {
                epochs.Add(new LeaderEpochStart(slice.LeaderEpoch, slice.BaseOffset));
            }
        }

        // Manifests would grow with every producer that ever was.
        var producers = ProducerRecovery.Restore(manifest, slices);
        producers.Expire((timeProvider.GetUtcNow() - producerExpiration).ToUnixTimeMilliseconds(), segment.EndOffset);
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
            Producers = ProducerBatchConversions.ToSnapshots(producers.Batches),
        };
    }

    [LoggerMessage(1301, LogLevel.Information, "Merged {Slices} slices of {Partition} into a segment of offsets {BaseOffset} to before {EndOffset}, {Bytes} bytes.")]
    private partial void LogMerged(TopicPartition partition, int slices, long baseOffset, long endOffset, long bytes);

    [LoggerMessage(1302, LogLevel.Information, "Adopting {Key}, which an earlier attempt has written.")]
    private partial void LogAdopted(string key);

    [LoggerMessage(1303, LogLevel.Error, "{Key} exists and does not hold the committed records of {Partition}; they stay unmerged until it is collected.")]
    private partial void LogForeign(string key, TopicPartition partition);
}
