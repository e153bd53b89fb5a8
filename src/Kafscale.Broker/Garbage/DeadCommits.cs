using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Garbage;

/// <summary>Which committed WAL objects hold nothing any more that is needed.</summary>
/// <remarks>
/// Deleted records count once a manifest has passed over them: until then only the WAL object says which offsets they had and who
/// produced them.
/// </remarks>
internal static class DeadCommits
{
    public static bool IsDead(ClusterState cluster, CommitRecord commit)
    {
        foreach (var topic in commit.Topics)
        {
            var topicId = TopicIds.FromBytes(topic.TopicId);
            foreach (var slice in topic.Slices)
            {
                if (cluster.TryGetPartition(topicId, slice.Partition, out var log) && slice.EndOffset > log.MergedThroughOffset)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
