namespace Kafscale.Broker.Partitions;

/// <summary>Which partition of which topic; the id tells a topic from an earlier one of the same name.</summary>
internal readonly record struct TopicPartition(Guid TopicId, string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}
