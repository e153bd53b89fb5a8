namespace Kafscale.Broker.Cluster;

/// <summary>Which broker clients are told is the controller, to whom they send what changes the cluster.</summary>
internal static class ControllerChoice
{
    public const int None = -1;

    /// <summary>
    /// This broker: every broker makes every change, and the one that answers is certainly alive (Kafka with KRaft names
    /// any live broker, too). Another one only while this one is not registered.
    /// </summary>
    public static int Choose(ClusterState cluster, ClusterOptions options) =>
        cluster.Brokers.ContainsKey(options.NodeId) ? options.NodeId : cluster.Brokers.Keys.DefaultIfEmpty(None).Min();
}
