using k8s;
using k8s.Models;

namespace Kafscale.Operator.Kubernetes;

/// <summary>Which of the resources of a kind.</summary>
internal readonly record struct NamespacedName(string Namespace, string Name)
{
    public static NamespacedName Of(IKubernetesObject<V1ObjectMeta> resource) => new(resource.Metadata.NamespaceProperty ?? "", resource.Metadata.Name);

    public override string ToString() => $"{Namespace}/{Name}";
}
