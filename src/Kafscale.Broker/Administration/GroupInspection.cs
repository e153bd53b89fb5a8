using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;

namespace Kafscale.Broker.Administration;

/// <summary>Tells of the groups that a broker coordinates.</summary>
internal sealed class GroupInspection(GroupCoordinator coordinator, ClusterState cluster)
{
    /// <summary>Groups in the order of their ids.</summary>
    /// <param name="after">Only those behind this id; empty: all.</param>
    /// <param name="limit">At most so many.</param>
    public CoordinatedGroupPage Find(string after, int limit)
    {
        var isComplete = coordinator.FindShards(out _) == ErrorCode.None;
        var groups = coordinator.LookAtGroups()
            .Where(group => group.StateName != nameof(ClassicGroupState.Dead) && string.CompareOrdinal(group.Id, after) > 0)
            .OrderBy(group => group.Id, StringComparer.Ordinal).Take(limit + 1).ToList();
        return new CoordinatedGroupPage(
            isComplete,
            [.. groups.Take(limit).Select(group => new CoordinatedGroup(group.Id, group.TypeName, group.StateName, group.MemberCount, LagOf(group)))],
            groups.Count > limit ? groups[limit - 1].Id : null);
    }

    private Dictionary<string, long> LagOf(GroupSummary group)
    {
        var lags = new Dictionary<string, long>();
        foreach (var (key, offset) in group.Offsets)
        {
            if (cluster.TryGetPartition(key.TopicId, key.Partition, out var log))
            {
                lags[log.Id.Topic] = lags.GetValueOrDefault(log.Id.Topic) + Math.Max(0, log.HighWatermark - Math.Max(offset, log.LogStartOffset));
            }
        }

        return lags;
    }
}
