namespace Kafscale.Broker.Partitions;

/// <summary>Why a flush began when it did.</summary>
internal enum FlushReason
{
    /// <summary>It had waited for <c>flush.interval.ms</c>, or was the first after a quiet spell.</summary>
    Interval,

    /// <summary>It amounted to <c>flush.bytes</c>.</summary>
    Size,

    /// <summary>It was as large as one commit can be.</summary>
    Full,

    /// <summary>Somebody asked: an operator, or a leadership that moves.</summary>
    Requested,

    /// <summary>The broker stops.</summary>
    Stopping,
}
