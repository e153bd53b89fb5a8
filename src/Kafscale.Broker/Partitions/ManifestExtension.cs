using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>What a manifest says once merging has come to the end of some more slices: all but the segments.</summary>
internal sealed class ManifestExtension(ProducerExpiration producerExpiration)
{
    /// <summary>The next version of a manifest, with the segments of the present one.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="manifest">The present version; <see langword="null"/>: there is none.</param>
    /// <param name="slices">What follows on it, oldest first, at least one.</param>
    public Manifest Extend(PartitionLog log, Manifest? manifest, IReadOnlyList<TailSlice> slices)
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
        var last = slices[^1];
        var producers = ProducerRecovery.Restore(manifest, slices);
        producers.Expire(producerExpiration.OldestMs, last.EndOffset);
        return new Manifest
        {
            TopicId = log.Id.TopicId,
            TopicName = log.Id.Topic,
            Partition = log.Id.Partition,
            Version = (manifest?.Version ?? 0) + 1,
            LogStartOffset = log.LogStartOffset,
            MergedThroughOffset = last.EndOffset,
            Segments = manifest?.Segments ?? [],
            LeaderEpochs = epochs,
            Producers = ProducerBatchConversions.ToSnapshots(producers.Batches),
            MergePoint = new MergePoint(last.WalObject.Session, last.WalObject.Sequence),
        };
    }
}
