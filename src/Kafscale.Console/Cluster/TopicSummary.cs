using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>A topic as lists show it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">Its partitions, in order.</param>
/// <param name="RecordsPerSecond">How many records come; null before it was looked at twice.</param>
/// <param name="BytesInPerSecond">How many bytes come; null where brokers do not tell.</param>
/// <param name="BytesOutPerSecond">How many bytes go; null where brokers do not tell.</param>
/// <param name="Storage">What it takes in the object store, and how long it is kept; null where brokers do not tell.</param>
public sealed record TopicSummary(
    string Name,
    IReadOnlyList<PartitionSummary> Partitions,
    double? RecordsPerSecond,
    double? BytesInPerSecond,
    double? BytesOutPerSecond,
    TopicStorage? Storage = null)
{
    /// <summary>Whether it is the cluster's own.</summary>
    public bool IsInternal => Name.StartsWith("__", StringComparison.Ordinal);

    /// <summary>How many offsets it has from its first record to its last; null where a partition does not answer.</summary>
    public long? Records { get; } = Partitions.Aggregate((long?)0, (sum, partition) => sum + partition.Records);

    /// <summary>Bytes in the object store; null where brokers do not tell.</summary>
    public long? Bytes => Storage?.Bytes;

    /// <summary>How many partitions nobody leads.</summary>
    public int Leaderless { get; } = Partitions.Count(partition => partition.Leader is null);
}
