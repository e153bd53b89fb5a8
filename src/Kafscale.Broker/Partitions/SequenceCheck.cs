namespace Kafscale.Broker.Partitions;

/// <summary>What becomes of an idempotent producer's batch.</summary>
internal enum SequenceCheck
{
    /// <summary>It is the next one.</summary>
    Append,

    /// <summary>It is stored already, or on its way: answer with its offset once it is committed.</summary>
    Duplicate,

    /// <summary>A batch before it is missing (<c>OUT_OF_ORDER_SEQUENCE_NUMBER</c>).</summary>
    OutOfOrder,

    /// <summary>A newer epoch of the same producer has written (<c>INVALID_PRODUCER_EPOCH</c>).</summary>
    Fenced,
}
