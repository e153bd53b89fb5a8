namespace Kafscale.Protocol.Records;

/// <summary>The outcome of a check: <see cref="None"/>, or Kafka's error code and what a person should know.</summary>
public readonly record struct RecordBatchError(RecordBatchErrorCode Code, string? Message)
{
    public static RecordBatchError None => default;

    public bool IsNone => Code == RecordBatchErrorCode.None;

    internal static RecordBatchError Corrupt(string message) => new(RecordBatchErrorCode.CorruptMessage, message);

    internal static RecordBatchError Invalid(string message) => new(RecordBatchErrorCode.InvalidRecord, message);

    internal static RecordBatchError TooLarge(string message) => new(RecordBatchErrorCode.MessageTooLarge, message);

    internal static RecordBatchError BadTimestamp(string message) => new(RecordBatchErrorCode.InvalidTimestamp, message);

    internal static RecordBatchError UnsupportedCompression(CompressionType type) =>
        new(RecordBatchErrorCode.UnsupportedCompressionType, $"There is no compression type {(int)type}.");
}
