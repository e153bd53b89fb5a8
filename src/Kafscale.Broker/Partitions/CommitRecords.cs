using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>What the metadata store keeps of a WAL object follows from the object alone.</summary>
internal static class CommitRecords
{
    /// <summary>The commit of slices of one WAL object.</summary>
    /// <param name="objectLength">The object's bytes.</param>
    /// <param name="createdAtMs">When the object was written, in Unix milliseconds.</param>
    /// <param name="slices">Those that count, in the order of the object's directory.</param>
    public static CommitRecord Create(long objectLength, long createdAtMs, IEnumerable<WalDirectoryEntry> slices)
    {
        var commit = new CommitRecord { ObjectLength = objectLength, CreatedAtMs = createdAtMs };
        var topics = new Dictionary<Guid, TopicSlicesRecord>();
        foreach (var slice in slices)
        {
            if (!topics.TryGetValue(slice.TopicId, out var topic))
            {
                topics.Add(slice.TopicId, topic = new TopicSlicesRecord { TopicId = TopicIds.ToBytes(slice.TopicId) });
                commit.Topics.Add(topic);
            }

            topic.Slices.Add(ToRecord(slice));
        }

        return commit;
    }

    private static SliceRecord ToRecord(WalDirectoryEntry slice) => new()
    {
        Partition = slice.Partition,
        LeaderEpoch = slice.LeaderEpoch,
        BaseOffset = slice.BaseOffset,
        EndOffset = slice.LastOffset + 1,
        Position = slice.Position,
        Length = slice.Length,
        MaxTimestampMs = slice.MaxTimestampMs,
        ProducerBatches = { slice.ProducerBatches.Select(ProducerBatchConversions.ToRecord) },
    };
}
