using k8s;
using k8s.Models;

namespace Kafscale.Operator.Kubernetes;

/// <summary>A kind of resource, and where the API server has it.</summary>
/// <param name="Group">Empty for the core's.</param>
/// <param name="Version">As <c>v1</c>.</param>
/// <param name="Plural">As in addresses.</param>
/// <param name="Kind">As in objects.</param>
internal sealed record ResourceKind<T>(string Group, string Version, string Plural, string Kind)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
