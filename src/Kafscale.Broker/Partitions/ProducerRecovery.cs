using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>What is known of a partition's idempotent producers from committed state alone.</summary>
internal sealed class ProducerRecovery(ManifestSource manifests)
{
    /// <summary>The producers as of the high watermark; reads the manifest where it is not in memory.</summary>
    public async ValueTask<ProducerStates> RestoreAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        while (true)
        {
            var manifest = await manifests.ReadAsync(log, cancellationToken);

            // Where slices were merged meanwhile, the manifest that was read does not know of them, and the tail no more.
            var (manifestVersion, slices) = log.ManifestAndUnmerged;
            if (manifestVersion == (manifest?.Version ?? 0))
            {
                return Restore(manifest, slices);
            }
        }
    }

    /// <summary>The producers as of the end of some slices.</summary>
    /// <param name="manifest">Knows them as of where the slices begin; <see langword="null"/>: nothing was merged yet.</param>
    /// <param name="slices">In offset order.</param>
    public static ProducerStates Restore(Manifest? manifest, IEnumerable<TailSlice> slices)
    {
        var producers = new ProducerStates();
        foreach (var batch in (manifest?.Producers ?? []).SelectMany(ProducerBatchConversions.FromSnapshot))
        {
            producers.Add(batch);
        }

        foreach (var slice in slices)
        {
            foreach (var batch in slice.ProducerBatches)
            {
                producers.Add(batch);
                producers.Trim(batch.ProducerId, slice.EndOffset);
            }
        }

        return producers;
    }
}
