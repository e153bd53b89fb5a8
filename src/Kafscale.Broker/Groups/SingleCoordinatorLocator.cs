using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>Every group is coordinated by the one broker that leads, as long as it is registered.</summary>
internal sealed class SingleCoordinatorLocator(int brokerId, ClusterState cluster) : ICoordinatorLocator
{
    /// <inheritdoc/>
    public CoordinatorEndpoint? Locate(string groupId, string listenerName) =>
        cluster.FindCoordinator(brokerId) is { } broker
            ? new CoordinatorEndpoint(broker.Record.BrokerId, broker.Record.Host, broker.Record.Port)
            : null;
}
