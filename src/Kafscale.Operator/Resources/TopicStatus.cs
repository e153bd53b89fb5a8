using k8s.Models;

namespace Kafscale.Operator.Resources;

internal sealed class TopicStatus
{
    public string? Phase { get; set; }

    public long? ObservedGeneration { get; set; }

    public string? TopicId { get; set; }

    public List<string>? AppliedConfig { get; set; }

    public List<TopicPartitionStatus>? Partitions { get; set; }

    public List<V1Condition>? Conditions { get; set; }
}
