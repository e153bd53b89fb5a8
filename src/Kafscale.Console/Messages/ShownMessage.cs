using Confluent.Kafka;

namespace Kafscale.Console.Messages;

/// <summary>A message as lists show it: the beginning of what is long.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset.</param>
/// <param name="Time">Its time; null where it has none.</param>
/// <param name="Key">The beginning of its key; null where it has none.</param>
/// <param name="KeyLength">In bytes.</param>
/// <param name="Value">The beginning of its value; null where it has none.</param>
/// <param name="ValueLength">In bytes.</param>
/// <param name="Headers">How many headers it has.</param>
public sealed record ShownMessage(
    int Partition, long Offset, DateTimeOffset? Time, byte[]? Key, int KeyLength, byte[]? Value, int ValueLength, int Headers)
{
    // A line on a screen has room for less.
    private const int KeptBytes = 512;

    public static ShownMessage Of(ConsumeResult<byte[]?, byte[]?> record) => new(
        record.Partition.Value,
        record.Offset.Value,
        record.Message.Timestamp.Type == TimestampType.NotAvailable ? null : DateTimeOffset.FromUnixTimeMilliseconds(record.Message.Timestamp.UnixTimestampMs),
        BeginningOf(record.Message.Key),
        record.Message.Key?.Length ?? 0,
        BeginningOf(record.Message.Value),
        record.Message.Value?.Length ?? 0,
        record.Message.Headers?.Count ?? 0);

    private static byte[]? BeginningOf(byte[]? bytes) => bytes is null || bytes.Length <= KeptBytes ? bytes : bytes[..KeptBytes];
}
