using k8s.Models;

namespace Kafscale.Operator.Resources;

internal sealed class ClusterStatus
{
    public string? Phase { get; set; }

    public long? ObservedGeneration { get; set; }

    public int? BrokerCount { get; set; }

    public int? Replicas { get; set; }

    public int? TopicCount { get; set; }

    public string? Selector { get; set; }

    public List<V1Condition>? Conditions { get; set; }
}
