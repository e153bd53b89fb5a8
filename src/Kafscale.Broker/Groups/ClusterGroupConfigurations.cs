using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>What is set on groups, as this broker sees it, over the broker's settings.</summary>
internal sealed class ClusterGroupConfigurations(ClusterState cluster, GroupOptions options) : IGroupConfigurations
{
    /// <inheritdoc/>
    public GroupConfiguration Of(string groupId) => ConfiguredGroup.Effective(cluster.ConfiguredGroups.GetValueOrDefault(groupId), options);
}
