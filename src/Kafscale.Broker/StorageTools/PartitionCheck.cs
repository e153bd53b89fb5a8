using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.StorageTools;

/// <summary>Checks that metadata, manifest and WAL objects tell the same of a partition.</summary>
internal static class PartitionCheck
{
    /// <summary>What is wrong about a partition, or <see langword="null"/>: from the log start to the high watermark every offset is there once.</summary>
    public static string? FindProblem(PartitionRecord record, Manifest? manifest, List<SliceRecord> slices)
    {
        var merged = record.MergedThroughOffset;
        if (manifest is not null && manifest.MergedThroughOffset != merged)
        {
            return $"The metadata say that everything below offset {merged} is merged, the manifest says {manifest.MergedThroughOffset}.";
        }

        if (manifest is not null && manifest.LogStartOffset > record.LogStartOffset)
        {
            return $"The metadata say that the log starts at offset {record.LogStartOffset}, the manifest says {manifest.LogStartOffset}.";
        }

        if (record.ManifestVersion > 0 && record.LogStartOffset < merged
            && (manifest is not { Segments: [var first, ..] } || first.BaseOffset > record.LogStartOffset))
        {
            return $"The log starts at offset {record.LogStartOffset}, but the manifest has no segment for it.";
        }

        return FindProblemOfTail(record, manifest, slices);
    }

    /// <summary>Where a commit says anything else than the WAL object, or <see langword="null"/>.</summary>
    /// <remarks>After a rebuild a commit names only those slices that are not merged.</remarks>
    public static string? FindDifference(CommitRecord commit, WalDirectory directory)
    {
        var entries = directory.Entries.ToDictionary(entry => (entry.TopicId, entry.Partition));
        foreach (var topic in commit.Topics)
        {
            var topicId = TopicIds.FromBytes(topic.TopicId);
            foreach (var slice in topic.Slices)
            {
                if (!entries.TryGetValue((topicId, slice.Partition), out var entry))
                {
                    return $"The commit names a slice of partition {slice.Partition} of {topicId:n}, and there is none.";
                }

                var isSame = (slice.BaseOffset, slice.EndOffset, slice.Position, slice.Length, slice.LeaderEpoch, slice.MaxTimestampMs)
                    == (entry.BaseOffset, entry.LastOffset + 1, entry.Position, entry.Length, entry.LeaderEpoch, entry.MaxTimestampMs)
                    && slice.ProducerBatches.Select(ProducerBatchConversions.FromRecord).SequenceEqual(entry.ProducerBatches);
                if (!isSame)
                {
                    return $"The commit says something else of the slice of {entry.TopicName}-{entry.Partition} at offset {entry.BaseOffset}.";
                }
            }
        }

        return null;
    }

    private static string? FindProblemOfTail(PartitionRecord record, Manifest? manifest, List<SliceRecord> slices)
    {
        var end = record.MergedThroughOffset;
        var epoch = manifest is { LeaderEpochs: [.., var last] } ? last.Epoch : -1;
        foreach (var slice in slices.Where(slice => slice.EndOffset > record.MergedThroughOffset).OrderBy(slice => slice.BaseOffset))
        {
            if (slice.BaseOffset > end && slice.BaseOffset > record.LogStartOffset)
            {
                return $"No committed WAL object holds the offsets from {end} to before {slice.BaseOffset}.";
            }

            if (slice.BaseOffset < end)
            {
                return $"Two committed records claim offset {slice.BaseOffset}.";
            }

            if (slice.LeaderEpoch < epoch)
            {
                return $"The records at offset {slice.BaseOffset} were written in leader epoch {slice.LeaderEpoch}, those before in {epoch}.";
            }

            (end, epoch) = (slice.EndOffset, slice.LeaderEpoch);
        }

        return epoch > record.LeaderEpoch ? $"The leader epoch is {record.LeaderEpoch}, but records were written in {epoch}." : null;
    }
}
