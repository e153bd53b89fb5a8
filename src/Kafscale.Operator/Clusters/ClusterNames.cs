using System.Globalization;
using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>What the children of a cluster are called, and how they are found.</summary>
internal sealed class ClusterNames(KafscaleCluster cluster)
{
    public const int KafkaPort = 9092;
    public const int HttpPort = 8080;
    public const int EtcdClientPort = 2379;
    public const int EtcdPeerPort = 2380;

    /// <summary>What pods are for: the values of <see cref="ComponentLabel"/>.</summary>
    public const string BrokerComponent = "broker";
    public const string EtcdComponent = "etcd";
    public const string ConsoleComponent = "console";
    public const string RestoreComponent = "restore";

    public const string InstanceLabel = "app.kubernetes.io/instance";
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string ManagedBy = "kafscale-operator";

    private const string NameLabel = "app.kubernetes.io/name";
    private const string ComponentLabel = "app.kubernetes.io/component";
    private const string Application = "kafscale";

    public string Cluster { get; } = cluster.Metadata.Name;

    public string Namespace { get; } = cluster.Metadata.NamespaceProperty;

    public string Broker => $"{Cluster}-broker";

    public string BrokerHeadless => $"{Cluster}-broker-headless";

    public string Etcd => $"{Cluster}-etcd";

    public string EtcdClient => $"{Cluster}-etcd-client";

    /// <summary>The ConfigMap that says how members of etcd start that have no data.</summary>
    public string EtcdStart => $"{Cluster}-etcd-start";

    /// <summary>The ConfigMap that tells of the newest snapshot.</summary>
    public string EtcdSnapshot => $"{Cluster}-etcd-snapshot";

    /// <summary>The ConfigMap that tells of the last defragmentation.</summary>
    public string EtcdMaintenance => $"{Cluster}-etcd-maintenance";

    /// <summary>The ConfigMap that a restore is recorded in before it begins, and what its Jobs' names begin with.</summary>
    public string EtcdRestore => $"{Cluster}-etcd-restore";

    public string Console => $"{Cluster}-console";

    public string EtcdMember(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{Etcd}-{ordinal}");

    /// <summary>The name by which a member of etcd is reached.</summary>
    public string EtcdMemberHost(int ordinal) => $"{EtcdMember(ordinal)}.{Etcd}.{Namespace}.svc";

    /// <summary>Where other members of etcd reach one.</summary>
    public string EtcdPeerAddress(int ordinal) => $"http://{EtcdMemberHost(ordinal)}:{EtcdPeerPort}";

    /// <summary>The labels by which the pods of a component are found.</summary>
    public Dictionary<string, string> Selector(string component) => new()
    {
        [NameLabel] = Application,
        [InstanceLabel] = Cluster,
        [ComponentLabel] = component,
    };

    /// <summary>The same in one line.</summary>
    public string SelectorText(string component) => string.Join(',', Selector(component).Select(label => $"{label.Key}={label.Value}"));

    public Dictionary<string, string> Labels(string component) => new(Selector(component)) { [ManagedByLabel] = ManagedBy };

    /// <summary>The metadata of a child that goes when the cluster does.</summary>
    public V1ObjectMeta Child(string name, string component) => new()
    {
        Name = name,
        NamespaceProperty = Namespace,
        Labels = Labels(component),
        OwnerReferences =
        [
            new V1OwnerReference
            {
                ApiVersion = cluster.ApiVersion,
                Kind = cluster.Kind,
                Name = cluster.Metadata.Name,
                Uid = cluster.Metadata.Uid,
                Controller = true,
                BlockOwnerDeletion = true,
            },
        ],
    };
}
