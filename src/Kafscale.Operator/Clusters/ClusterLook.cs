using Kafscale.Operator.Brokers;
using Kafscale.Operator.Etcd;

namespace Kafscale.Operator.Clusters;

/// <summary>All that one look at a cluster has shown, for its status.</summary>
internal sealed class ClusterLook
{
    /// <summary>What is wrong with the Secret; null where nothing is.</summary>
    public string? CredentialsTrouble { get; set; }

    /// <summary>What is in the way of a child of the cluster; null where nothing is.</summary>
    public string? NameTrouble { get; set; }

    public EtcdLook Etcd { get; set; } = new(null, null, new Dictionary<Uri, Metadata.Etcd.EtcdMemberStatus>());

    /// <summary>What is being done about members of etcd; null: nothing.</summary>
    public string? EtcdProgress { get; set; }

    public BucketLook Bucket { get; set; } = new(null, null, null);

    public RestoreState Restore { get; set; } = RestoreState.None;

    public FleetState Fleet { get; set; } = new(null, [], null);

    /// <summary>Null where it is not known.</summary>
    public int? TopicCount { get; set; }
}
