using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>A producer's batch between its form in memory and those in the metadata store and in objects.</summary>
internal static class ProducerBatchConversions
{
    public static ProducerBatchRecord ToRecord(ProducerBatch batch) => new()
    {
        ProducerId = batch.ProducerId,
        ProducerEpoch = batch.ProducerEpoch,
        BaseSequence = batch.BaseSequence,
        LastSequence = batch.LastSequence,
        BaseOffset = batch.BaseOffset,
        LastOffset = batch.LastOffset,
        TimestampMs = batch.TimestampMs,
    };

    public static ProducerBatch FromRecord(ProducerBatchRecord record) => new(
        record.ProducerId,
        (short)record.ProducerEpoch,
        record.BaseSequence,
        record.LastSequence,
        record.BaseOffset,
        record.LastOffset,
        record.TimestampMs);
}
