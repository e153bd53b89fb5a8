using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>An idempotent producer's batch between its forms in memory, in commits and in manifests.</summary>
internal static class ProducerBatchConversions
{
    public static ProducerBatchRecord ToRecord(WalProducerBatch batch) => new()
    {
        ProducerId = batch.ProducerId,
        ProducerEpoch = batch.ProducerEpoch,
        BaseSequence = batch.BaseSequence,
        LastSequence = batch.LastSequence,
        BaseOffset = batch.BaseOffset,
        LastOffset = batch.LastOffset,
        TimestampMs = batch.AppendedAtMs,
    };

    public static WalProducerBatch FromRecord(ProducerBatchRecord record) => new(
        record.ProducerId,
        (short)record.ProducerEpoch,
        record.BaseSequence,
        record.LastSequence,
        record.BaseOffset,
        record.LastOffset,
        record.TimestampMs);

    public static IEnumerable<WalProducerBatch> FromSnapshot(ProducerSnapshot producer) =>
        producer.Batches.Select(batch => new WalProducerBatch(
            producer.ProducerId,
            producer.ProducerEpoch,
            batch.BaseSequence,
            batch.LastSequence,
            batch.BaseOffset,
            batch.LastOffset,
            producer.LastTimestampMs));

    /// <summary>The last batches of every producer; of several epochs only the newest can be retried.</summary>
    public static IReadOnlyList<ProducerSnapshot> ToSnapshots(IEnumerable<WalProducerBatch> batches) =>
    [
        .. from batch in batches
           group batch by batch.ProducerId into producer
           let last = producer.Last()
           select new ProducerSnapshot
           {
               ProducerId = producer.Key,
               ProducerEpoch = last.ProducerEpoch,
               LastTimestampMs = last.AppendedAtMs,
               Batches =
               [
                   .. producer
                       .Where(batch => batch.ProducerEpoch == last.ProducerEpoch)
                       .TakeLast(ProducerSnapshot.MaxBatches)
                       .Select(batch => new ProducerSnapshotBatch(batch.BaseSequence, batch.LastSequence, batch.BaseOffset, batch.LastOffset)),
               ],
           },
    ];
}
