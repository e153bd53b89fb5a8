using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>What is known of a partition's idempotent producers from committed state alone.</summary>
internal static class ProducerRecovery
{
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
