using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Garbage;

/// <summary>Which committed WAL objects hold nothing any more that is needed.</summary>
/// <remarks>
/// Deleted records count once a manifest has passed over them: until then only the WAL object says which offsets they had and who
/// produced them.
/// </remarks>
internal static class DeadCommits
{
    public static bool IsDead(ClusterState cluster, CommittedWalObject walObject)
    {
        foreach (var slice in walObject.Slices)
        {
            if (cluster.TryGetPartition(slice.TopicId, slice.Partition, out var log) && slice.EndOffset > log.MergedThroughOffset)
            {
                return false;
            }
        }

        return true;
    }
}
