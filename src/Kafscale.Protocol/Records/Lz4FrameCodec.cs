using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Kafscale.Protocol.Records;

/// <summary>
/// The LZ4 frame format, one frame per batch, as far as Kafka takes it: blocks must not depend on each other (Java's
/// consumers cannot read such frames), and there are no dictionaries.
/// </summary>
internal static class Lz4FrameCodec
{
    private const uint Magic = 0x184D2204;
    private const int BlockLength = 64 * 1024;
    private const byte BlockLength64KiB = 4 << 4;

    private const byte VersionMask = 0xC0;
    private const byte Version = 0x40;
    private const byte IndependentBlocksFlag = 0x20;
    private const byte BlockChecksumFlag = 0x10;
    private const byte ContentSizeFlag = 0x08;
    private const byte ContentChecksumFlag = 0x04;
    private const byte UnsupportedFlags = 0x03;

    private const uint UncompressedBlockFlag = 0x80000000;

    // A byte of a match's length stands for at most 255 bytes.
    private const int LargestExpansion = 255;

    /// <param name="compressed">One frame.</param>
    /// <param name="maxLength">Most bytes that may come out.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="checksDescriptor">Whether the checksum of the frame's descriptor must be right.</param>
    public static RecordBatchError Decompress(
        ReadOnlySpan<byte> compressed, int maxLength, PooledBuffer destination, bool checksDescriptor = true)
    {
        RecordBatchError corrupt = CompressionCodec.Corrupt(CompressionType.Lz4);
        if (!TryReadDescriptor(ref compressed, checksDescriptor, out byte flags, out int maxBlockLength, out long contentSize))
            return corrupt;
        if (contentSize > maxLength)
            return CompressionCodec.TooLarge(maxLength);

        int start = destination.Length;
        while (true)
        {
            if (!TryReadUInt32(ref compressed, out uint word))
                return corrupt;
            // A length of zero ends the frame.
            if (word == 0)
                break;

            uint blockLength = word & ~UncompressedBlockFlag;
            if (blockLength > compressed.Length || blockLength > maxBlockLength)
                return corrupt;
            ReadOnlySpan<byte> block = compressed[..(int)blockLength];
            compressed = compressed[(int)blockLength..];
            if ((flags & BlockChecksumFlag) != 0
                && (!TryReadUInt32(ref compressed, out uint checksum) || checksum != XxHash32.HashToUInt32(block)))
            {
                return corrupt;
            }

            if ((word & UncompressedBlockFlag) != 0)
                destination.Write(block);
            else if (!TryDecompressBlock(block, maxBlockLength, destination))
                return corrupt;
            if (destination.Length - start > maxLength)
                return CompressionCodec.TooLarge(maxLength);
        }

        ReadOnlySpan<byte> content = destination.WrittenSpan[start..];
        if (contentSize >= 0 && contentSize != content.Length)
            return corrupt;
        if ((flags & ContentChecksumFlag) != 0
            && (!TryReadUInt32(ref compressed, out uint contentChecksum) || contentChecksum != XxHash32.HashToUInt32(content)))
        {
            return corrupt;
        }

        return compressed.IsEmpty ? RecordBatchError.None : corrupt;
    }

    public static void Compress(ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        Span<byte> header = destination.GetSpan(7);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        header[4] = Version | IndependentBlocksFlag;
        header[5] = BlockLength64KiB;
        header[6] = DescriptorChecksum(header[4..6]);
        destination.Advance(7);

        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> block = bytes[..Math.Min(BlockLength, bytes.Length)];
            Span<byte> target = destination.GetSpan(sizeof(uint) + block.Length);
            // Negative where the block would not become smaller.
            int length = LZ4Codec.Encode(block, target.Slice(sizeof(uint), block.Length - 1));
            if (length <= 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)block.Length | UncompressedBlockFlag);
                block.CopyTo(target[sizeof(uint)..]);
                length = block.Length;
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)length);
            }

            destination.Advance(sizeof(uint) + length);
            bytes = bytes[block.Length..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(sizeof(uint)), 0);
        destination.Advance(sizeof(uint));
    }

    private static bool TryReadDescriptor(
        ref ReadOnlySpan<byte> compressed, bool checksDescriptor, out byte flags, out int maxBlockLength, out long contentSize)
    {
        flags = 0;
        maxBlockLength = 0;
        contentSize = -1;
        if (!TryReadUInt32(ref compressed, out uint magic) || magic != Magic || compressed.Length < 3)
            return false;

        flags = compressed[0];
        int blockLengthCode = compressed[1] >> 4;
        bool reservedBitsAreZero = (compressed[1] & 0x8F) == 0;
        if ((flags & VersionMask) != Version || (flags & UnsupportedFlags) != 0 || (flags & IndependentBlocksFlag) == 0
            || blockLengthCode < 4 || !reservedBitsAreZero)
        {
            return false;
        }

        // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
        maxBlockLength = 1 << 2 * blockLengthCode + 8;
        int descriptorLength = 2;
        if ((flags & ContentSizeFlag) != 0)
        {
            descriptorLength += sizeof(long);
            if (compressed.Length < descriptorLength + 1)
                return false;
            contentSize = BinaryPrimitives.ReadInt64LittleEndian(compressed[2..]);
            if (contentSize < 0)
                return false;
        }

        if (checksDescriptor && compressed[descriptorLength] != DescriptorChecksum(compressed[..descriptorLength]))
            return false;
        compressed = compressed[(descriptorLength + 1)..];
        return true;
    }

    private static bool TryDecompressBlock(ReadOnlySpan<byte> block, int maxBlockLength, PooledBuffer destination)
    {
        int largestLength = (int)Math.Min((long)LargestExpansion * block.Length, maxBlockLength);
        int length = LZ4Codec.Decode(block, destination.GetSpan(largestLength)[..largestLength]);
        if (length < 0)
            return false;
        destination.Advance(length);
        return true;
    }

    private static bool TryReadUInt32(ref ReadOnlySpan<byte> bytes, out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(bytes, out value))
            return false;
        bytes = bytes[sizeof(uint)..];
        return true;
    }

    private static byte DescriptorChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32.HashToUInt32(descriptor) >> 8);
}
