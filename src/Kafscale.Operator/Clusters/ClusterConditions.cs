namespace Kafscale.Operator.Clusters;

/// <summary>The types of a cluster's conditions.</summary>
internal static class ClusterConditions
{
    public const string Ready = "Ready";
    public const string EtcdAvailable = "EtcdAvailable";
    public const string EtcdSnapshot = "EtcdSnapshot";
    public const string EtcdSnapshotAccess = "EtcdSnapshotAccess";
    public const string EtcdMaintenance = "EtcdMaintenance";
}
