namespace Kafscale.Protocol.Records;

/// <summary>Where a record is and when it was: the answer to a lookup by time. The timestamp is in milliseconds.</summary>
public readonly record struct OffsetAndTimestamp(long Offset, long Timestamp);
