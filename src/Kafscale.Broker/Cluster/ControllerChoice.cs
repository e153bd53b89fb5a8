namespace Kafscale.Broker.Cluster;

/// <summary>Which broker clients are told is the controller, to whom they send what changes the cluster.</summary>
internal static class ControllerChoice
{
    public const int None = -1;

    /// <summary>
    /// The elected one. While there is none, this broker, because every broker makes every change; another one only while this one is
    /// not registered.
    /// </summary>
    public static int Choose(ClusterState cluster, ClusterOptions options)
    {
        if (cluster.Assignments.Controller is { } controller && cluster.IsLed(controller.Record.BrokerId, controller.Record.Session))
        {
            return controller.Record.BrokerId;
        }

        var brokers = cluster.BrokersInTouch.Select(broker => broker.Record.BrokerId).ToList();
        return brokers.Contains(options.NodeId) ? options.NodeId : brokers.DefaultIfEmpty(None).Min();
    }
}
