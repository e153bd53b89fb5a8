namespace Kafscale.Operator.Resources;

internal sealed class TopicPartitionStatus
{
    public int Id { get; set; }

    public int? Leader { get; set; }

    public long? LogStartOffset { get; set; }

    public long? LogEndOffset { get; set; }
}
