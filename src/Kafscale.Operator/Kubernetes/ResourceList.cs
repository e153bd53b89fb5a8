using k8s;
using k8s.Models;

namespace Kafscale.Operator.Kubernetes;

/// <summary>A page of a listing.</summary>
internal sealed class ResourceList<T> : IKubernetesObject<V1ListMeta>, IItems<T>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ListMeta Metadata { get; set; } = new();

    public IList<T> Items { get; set; } = [];
}
