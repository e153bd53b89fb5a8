using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Tests.Support;

/// <summary>A message as an old consumer reads it.</summary>
internal sealed record OldMessage(long Offset, byte Magic, long Timestamp, TimestampType TimestampType, string? Key, string? Value);
