using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Etcd;

/// <summary>The members of the operator's own etcd.</summary>
internal static class EtcdPods
{
    /// <summary>The addresses of those that have one.</summary>
    public static async Task<IReadOnlyList<Uri>> FindAddressesAsync(KubernetesObjects objects, ClusterNames names, CancellationToken cancellationToken)
    {
        var (pods, _) = await objects.ListAsync(ResourceKinds.Pods, names.Namespace, names.SelectorText(ClusterNames.EtcdComponent), cancellationToken);
        return
        [
            .. pods.Where(pod => !PodLook.IsGoing(pod)).OrderBy(PodLook.OrdinalOf)
                .Select(pod => PodLook.AddressOf(pod, ClusterNames.EtcdClientPort)).OfType<Uri>(),
        ];
    }
}
