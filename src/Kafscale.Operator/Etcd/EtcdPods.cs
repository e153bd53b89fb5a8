using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Etcd;

/// <summary>The members of the operator's own etcd.</summary>
internal static class EtcdPods
{
    /// <summary>The pods, in the order of their numbers, without those that go.</summary>
    public static async Task<IReadOnlyList<V1Pod>> ListAsync(KubernetesObjects objects, ClusterNames names, CancellationToken cancellationToken)
    {
        var (pods, _) = await objects.ListAsync(ResourceKinds.Pods, names.Namespace, names.SelectorText(ClusterNames.EtcdComponent), cancellationToken);
        return [.. pods.Where(pod => !PodLook.IsGoing(pod)).OrderBy(PodLook.OrdinalOf)];
    }

    /// <summary>The addresses of those that have one.</summary>
    public static IReadOnlyList<Uri> AddressesOf(IEnumerable<V1Pod> pods) => [.. pods.Select(AddressOf).OfType<Uri>()];

    /// <summary>Where a pod answers clients; null while it has no address.</summary>
    public static Uri? AddressOf(V1Pod pod) => PodLook.AddressOf(pod, ClusterNames.EtcdClientPort);
}
