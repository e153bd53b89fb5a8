namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A partition that a member has, or is to have or to give back.</summary>
internal readonly record struct AssignedPartition(Guid TopicId, int Partition) : IComparable<AssignedPartition>
{
    public int CompareTo(AssignedPartition other)
    {
        var byTopic = TopicId.CompareTo(other.TopicId);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }
}
