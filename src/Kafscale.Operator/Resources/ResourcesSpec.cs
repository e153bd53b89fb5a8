using k8s.Models;

namespace Kafscale.Operator.Resources;

internal sealed class ResourcesSpec
{
    public Dictionary<string, ResourceQuantity>? Requests { get; set; }

    public Dictionary<string, ResourceQuantity>? Limits { get; set; }
}
