namespace Kafscale.Protocol.Records;

/// <summary>How the records of a batch are compressed; the values are those of bits 0 to 2 of the batch's attributes.</summary>
public enum CompressionType
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}
