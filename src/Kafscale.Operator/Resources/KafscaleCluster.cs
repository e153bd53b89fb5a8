using k8s;
using k8s.Models;

namespace Kafscale.Operator.Resources;

/// <summary>A cluster as its owner wants it, and what became of it. The schema is deploy/crds/kafscaleclusters.kafscale.io.yaml.</summary>
internal sealed class KafscaleCluster : IKubernetesObject<V1ObjectMeta>, ISpec<ClusterSpec>, IStatus<ClusterStatus?>
{
    public const string KindName = "KafscaleCluster";

    public string ApiVersion { get; set; } = KafscaleApi.GroupVersion;

    public string Kind { get; set; } = KindName;

    public V1ObjectMeta Metadata { get; set; } = new();

    public ClusterSpec Spec { get; set; } = new();

    public ClusterStatus? Status { get; set; }
}
