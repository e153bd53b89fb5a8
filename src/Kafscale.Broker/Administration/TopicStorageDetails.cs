namespace Kafscale.Broker.Administration;

/// <summary>What each partition of a topic takes in the object store, and when what waits is merged.</summary>
/// <param name="Topic">The topic as a whole.</param>
/// <param name="MergeBytes">Slices are merged once they amount to this: <c>segment.bytes</c>.</param>
/// <param name="MergeMs">Or once the oldest is as old as this: <c>segment.ms</c>.</param>
/// <param name="Partitions">The partitions, by number.</param>
public sealed record TopicStorageDetails(TopicStorage Topic, int MergeBytes, long MergeMs, IReadOnlyList<PartitionStorage> Partitions);
