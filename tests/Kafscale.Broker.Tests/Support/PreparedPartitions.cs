using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Support;

/// <summary>
/// What a broker leaves behind that has run for long: partitions of many segments, written to the stores directly. The segments
/// themselves are not there, only what says that they are.
/// </summary>
internal static class PreparedPartitions
{
    private const int PartitionsPerTransaction = 100;
    private const int PutsAtOnce = 16;
    private const int SegmentBytes = 1_000_000;
    private const int RecordsPerSegment = 1_000;

    /// <summary>
    /// Writes the topics <c>t0000</c>, <c>t0001</c> and so on; every record has a timestamp of now, and the last one of each partition
    /// was the first batch of a producer whose id is the partition's number.
    /// </summary>
    public static async Task WriteAsync(
        TestCluster cluster, int topicCount, int partitionCount, int segmentCount, CancellationToken cancellationToken)
    {
        var random = new Random(5);
        var keys = cluster.Keys;
        var objectKeys = cluster.ObjectKeys;
        var timeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await CommitAsync(cluster, [new Operation.Put(keys.Cluster, new ClusterRecord { ClusterId = "prepared" }.ToByteArray())], cancellationToken);
        for (var i = 0; i < topicCount; i++)
        {
            var name = $"t{i:D4}";
            var topicId = TopicIds.Create(random);
            var topic = new TopicRecord { TopicId = TopicIds.ToBytes(topicId), PartitionCount = partitionCount, CreatedAtMs = timeMs };
            await CommitAsync(cluster, [new Operation.Put(keys.Topic(name), topic.ToByteArray())], cancellationToken);
            foreach (var some in Enumerable.Range(0, partitionCount).Chunk(PartitionsPerTransaction))
            {
                await CommitAsync(
                    cluster,
                    [.. some.Select(partition => new Operation.Put(keys.Partition(topicId, partition), RecordOf(segmentCount, timeMs).ToByteArray()))],
                    cancellationToken);
            }

            foreach (var some in Enumerable.Range(0, partitionCount).Chunk(PutsAtOnce))
            {
                await Task.WhenAll(some.Select(partition =>
                {
                    var manifest = ManifestOf(topicId, name, partition, segmentCount, timeMs);
                    return cluster.Objects.PutAsync(
                        objectKeys.Manifest(topicId, partition, manifest.Version),
                        new ReadOnlySequence<byte>(ManifestWriter.Write(manifest)),
                        PutCondition.IfNoneMatch,
                        cancellationToken).AsTask();
                }));
            }
        }
    }

    private static PartitionRecord RecordOf(int segmentCount, long timeMs) => new()
    {
        Leader = 99,
        LeaderSession = 1,
        LeaderEpoch = 3,
        MergedThroughOffset = (long)segmentCount * RecordsPerSegment,
        ManifestVersion = segmentCount,
        Segments = new SegmentsRecord
        {
            Bytes = (long)segmentCount * SegmentBytes,
            OldestBytes = SegmentBytes,
            OldestEndOffset = RecordsPerSegment,
            OldestTimeMs = timeMs,
        },
    };

    private static Manifest ManifestOf(Guid topicId, string topicName, int partition, int segmentCount, long timeMs) => new()
    {
        TopicId = topicId,
        TopicName = topicName,
        Partition = partition,
        Version = segmentCount,
        LogStartOffset = 0,
        MergedThroughOffset = (long)segmentCount * RecordsPerSegment,
        Segments =
        [
            .. Enumerable.Range(0, segmentCount).Select(i => new ManifestSegment(
                (long)i * RecordsPerSegment, (long)(i + 1) * RecordsPerSegment, SegmentBytes, 28, RecordsPerSegment, timeMs, timeMs, timeMs)),
        ],
        LeaderEpochs = [new LeaderEpochStart(0, 0)],
        Producers =
        [
            new ProducerSnapshot
            {
                ProducerId = partition,
                ProducerEpoch = 0,
                LastTimestampMs = timeMs,
                Batches = [new ProducerSnapshotBatch(0, 0, ((long)segmentCount * RecordsPerSegment) - 1, ((long)segmentCount * RecordsPerSegment) - 1)],
            },
        ],
    };

    private static async Task CommitAsync(TestCluster cluster, Operation[] operations, CancellationToken cancellationToken) =>
        await cluster.Metadata.CommitAsync(new MetadataTransaction { Then = operations }, cancellationToken);
}
