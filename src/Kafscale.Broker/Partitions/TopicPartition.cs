namespace Kafscale.Broker.Partitions;

/// <summary>Which partition of which topic; the id tells a topic from an earlier one of the same name.</summary>
internal readonly record struct TopicPartition(Guid TopicId, string Topic, int Partition)
{
    /// <summary>The order of slices in a WAL object.</summary>
    public static int CompareInWal(TopicPartition one, TopicPartition other)
    {
        var topics = one.TopicId.CompareTo(other.TopicId);
        return topics != 0 ? topics : one.Partition.CompareTo(other.Partition);
    }

    public override string ToString() => $"{Topic}-{Partition}";
}
