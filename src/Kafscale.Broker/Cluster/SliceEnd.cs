namespace Kafscale.Broker.Cluster;

/// <summary>Where a partition's slice in a WAL object ends.</summary>
/// <param name="TopicId">Whose partition.</param>
/// <param name="Partition">Its number.</param>
/// <param name="EndOffset">Behind the slice's last record.</param>
internal readonly record struct SliceEnd(Guid TopicId, int Partition, long EndOffset);
