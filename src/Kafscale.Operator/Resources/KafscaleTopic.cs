using k8s;
using k8s.Models;

namespace Kafscale.Operator.Resources;

/// <summary>A topic as its owner wants it, and what became of it. The schema is deploy/crds/kafscaletopics.kafscale.io.yaml.</summary>
internal sealed class KafscaleTopic : IKubernetesObject<V1ObjectMeta>, ISpec<TopicSpec>, IStatus<TopicStatus?>
{
    public const string KindName = "KafscaleTopic";

    public string ApiVersion { get; set; } = KafscaleApi.GroupVersion;

    public string Kind { get; set; } = KindName;

    public V1ObjectMeta Metadata { get; set; } = new();

    public TopicSpec Spec { get; set; } = new();

    public TopicStatus? Status { get; set; }
}
