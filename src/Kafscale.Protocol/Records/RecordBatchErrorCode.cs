namespace Kafscale.Protocol.Records;

/// <summary>What may be wrong with a batch; the values are Kafka's error codes.</summary>
public enum RecordBatchErrorCode : short
{
    None = 0,

    /// <summary>Truncated, wrong length, wrong checksum, unknown magic, or compressed data that does not decompress.</summary>
    CorruptMessage = 2,
    MessageTooLarge = 10,
    InvalidTimestamp = 32,
    UnsupportedCompressionType = 76,

    /// <summary>Intact, but it does not say what a producer may say.</summary>
    InvalidRecord = 87,
}
