namespace Kafscale.Console.Administration;

/// <summary>What each partition of a topic takes in the object store, and when what waits is merged.</summary>
public sealed record TopicStorageDetails(TopicStorage Topic, int MergeBytes, long MergeMs, IReadOnlyList<PartitionStorage> Partitions);
