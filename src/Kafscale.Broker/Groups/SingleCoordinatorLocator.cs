using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>Every group is coordinated by this broker, as long as it is registered.</summary>
internal sealed class SingleCoordinatorLocator(int brokerId, ClusterState cluster) : ICoordinatorLocator
{
    /// <inheritdoc/>
    public CoordinatorEndpoint? Locate(string groupId, string listenerName) =>
        cluster.Brokers.TryGetValue(brokerId, out var broker)
            ? new CoordinatorEndpoint(brokerId, broker.Record.Host, broker.Record.Port)
            : null;
}
