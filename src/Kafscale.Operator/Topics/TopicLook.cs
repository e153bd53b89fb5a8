using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Topics;

/// <summary>A topic as the cluster has it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Partitions">Its partitions, by number.</param>
/// <param name="Config">All of its settings, defaults included.</param>
internal sealed record TopicLook(string Id, IReadOnlyList<TopicPartitionStatus> Partitions, IReadOnlyDictionary<string, string> Config);
