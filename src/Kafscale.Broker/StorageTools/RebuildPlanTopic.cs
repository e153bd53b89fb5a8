namespace Kafscale.Broker.StorageTools;

/// <summary>A topic that a rebuild brings back.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TopicId">Its id, the same as before.</param>
/// <param name="IsInSnapshot">Whether its configuration and number of partitions are known, or only what its records tell.</param>
/// <param name="Partitions">In their order.</param>
public sealed record RebuildPlanTopic(string Name, Guid TopicId, bool IsInSnapshot, IReadOnlyList<RebuildPlanPartition> Partitions);
