using System.Buffers;
using System.Buffers.Binary;
using Snappier;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Snappy in its two forms: Java's clients put 32 KiB blocks, each behind its length, behind a header of 16 bytes
/// (snappy-java's stream, called xerial); librdkafka and others write one raw block. Both are read, Java's is written.
/// </summary>
internal static class SnappyCodec
{
    private const int HeaderLength = 16;
    private const int BlockLength = 32 * 1024;

    // A copy of 64 bytes takes three, and nothing in the format does more with less: what claims to is corrupt.
    private const int LargestExpansion = 22;

    private static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static RecordBatchError Decompress(ReadOnlySpan<byte> compressed, int maxLength, PooledBuffer destination)
    {
        if (!compressed.StartsWith(Magic))
            return DecompressBlock(compressed, maxLength, destination);
        if (compressed.Length < HeaderLength)
            return CompressionCodec.Corrupt(CompressionType.Snappy);

        int remainingLength = maxLength;
        ReadOnlySpan<byte> blocks = compressed[HeaderLength..];
        while (!blocks.IsEmpty)
        {
            if (!BinaryPrimitives.TryReadInt32BigEndian(blocks, out int blockLength)
                || blockLength < 0 || blockLength > blocks.Length - sizeof(int))
            {
                return CompressionCodec.Corrupt(CompressionType.Snappy);
            }

            int lengthBefore = destination.Length;
            RecordBatchError error = DecompressBlock(blocks.Slice(sizeof(int), blockLength), remainingLength, destination);
            if (!error.IsNone)
                return error.Code == RecordBatchErrorCode.MessageTooLarge ? CompressionCodec.TooLarge(maxLength) : error;
            remainingLength -= destination.Length - lengthBefore;
            blocks = blocks[(sizeof(int) + blockLength)..];
        }

        return RecordBatchError.None;
    }

    public static void Compress(ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        Span<byte> header = destination.GetSpan(HeaderLength);
        Magic.CopyTo(header);
        // Version, and oldest version that can read it.
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1);
        destination.Advance(HeaderLength);

        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> block = bytes[..Math.Min(BlockLength, bytes.Length)];
            Span<byte> target = destination.GetSpan(sizeof(int) + Snappy.GetMaxCompressedLength(block.Length));
            int length = Snappy.Compress(block, target[sizeof(int)..]);
            BinaryPrimitives.WriteInt32BigEndian(target, length);
            destination.Advance(sizeof(int) + length);
            bytes = bytes[block.Length..];
        }
    }

    private static RecordBatchError DecompressBlock(ReadOnlySpan<byte> block, int maxLength, PooledBuffer destination)
    {
        try
        {
            int length = Snappy.GetUncompressedLength(block);
            if (length < 0 || length > (long)LargestExpansion * block.Length)
                return CompressionCodec.Corrupt(CompressionType.Snappy);
            if (length > maxLength)
                return CompressionCodec.TooLarge(maxLength);
            Span<byte> target = destination.GetSpan(length)[..length];
            int written = Snappy.Decompress(block, target);
            destination.Advance(written);
            return written == length ? RecordBatchError.None : CompressionCodec.Corrupt(CompressionType.Snappy);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            return CompressionCodec.Corrupt(CompressionType.Snappy);
        }
    }
}
