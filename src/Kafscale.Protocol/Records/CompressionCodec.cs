using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>Compresses and decompresses the records of batches in the forms that Kafka's clients write and read.</summary>
public static class CompressionCodec
{
    /// <summary>
    /// Decompresses into <paramref name="destination"/>, after what it already holds. Memory stays within a small
    /// multiple of <paramref name="maxLength"/> whatever the compressed bytes claim. After an error, what was
    /// appended to the destination means nothing.
    /// </summary>
    /// <param name="type">How the bytes are compressed; None copies them.</param>
    /// <param name="compressed">One complete compressed unit: what follows the header of a batch.</param>
    /// <param name="maxLength">Most bytes that may come out.</param>
    /// <param name="destination">Where they go.</param>
    /// <returns>
    /// CorruptMessage where the bytes do not decompress, MessageTooLarge where more than the allowed bytes come out,
    /// UnsupportedCompressionType for types that do not exist.
    /// </returns>
    public static RecordBatchError Decompress(
        CompressionType type, in ReadOnlySequence<byte> compressed, int maxLength, PooledBuffer destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        if (compressed.IsSingleSegment)
            return Decompress(type, compressed.FirstSpan, maxLength, destination);

        using var contiguous = new PooledBuffer();
        contiguous.Write(compressed);
        return Decompress(type, contiguous.WrittenSpan, maxLength, destination);
    }

    /// <inheritdoc cref="Decompress(CompressionType, in ReadOnlySequence{byte}, int, PooledBuffer)"/>
    public static RecordBatchError Decompress(
        CompressionType type, ReadOnlySpan<byte> compressed, int maxLength, PooledBuffer destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        switch (type)
        {
            case CompressionType.None:
                if (compressed.Length > maxLength)
                    return TooLarge(maxLength);
                destination.Write(compressed);
                return RecordBatchError.None;
            case CompressionType.Gzip:
                return GzipCodec.Decompress(compressed, maxLength, destination);
            case CompressionType.Snappy:
                return SnappyCodec.Decompress(compressed, maxLength, destination);
            case CompressionType.Lz4:
                return Lz4FrameCodec.Decompress(compressed, maxLength, destination);
            case CompressionType.Zstd:
                return ZstdCodec.Decompress(compressed, maxLength, destination);
            default:
                return RecordBatchError.UnsupportedCompression(type);
        }
    }

    /// <summary>Compresses into <paramref name="destination"/>, after what it already holds.</summary>
    public static void Compress(CompressionType type, ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        switch (type)
        {
            case CompressionType.None:
                destination.Write(bytes);
                break;
            case CompressionType.Gzip:
                GzipCodec.Compress(bytes, destination);
                break;
            case CompressionType.Snappy:
                SnappyCodec.Compress(bytes, destination);
                break;
            case CompressionType.Lz4:
                Lz4FrameCodec.Compress(bytes, destination);
                break;
            case CompressionType.Zstd:
                ZstdCodec.Compress(bytes, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such compression type.");
        }
    }

    internal static RecordBatchError TooLarge(int maxLength) =>
        RecordBatchError.TooLarge($"The records decompress to more than the {maxLength} bytes that are allowed.");

    internal static RecordBatchError Corrupt(CompressionType type) =>
        RecordBatchError.Corrupt($"The records do not decompress as {type}.");

    /// <summary>What to reserve where the decompressed length is unknown or only claimed.</summary>
    internal static int FirstReservation(int compressedLength, int maxLength) =>
        (int)Math.Min(4L * compressedLength + 4096, maxLength);

    /// <summary>Room in the destination, but at most one byte more than may still come: enough to see that it is too much.</summary>
    internal static Span<byte> FreeSpan(PooledBuffer destination, int reservation, long limit)
    {
        Span<byte> free = destination.GetSpan(reservation);
        return free[..(int)Math.Min(free.Length, limit - destination.Length + 1)];
    }
}
