namespace Kafscale.Broker.Tests.Support;

/// <summary>A record as a consumer sees it.</summary>
internal readonly record struct StoredRecord(long Offset, string Value, long Timestamp);
