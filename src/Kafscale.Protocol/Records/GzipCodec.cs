using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Kafscale.Protocol.Records;

internal static class GzipCodec
{
    private const int TrailerLength = 8;

    // GZipStream writes nothing at all for nothing.
    private static ReadOnlySpan<byte> CompressedNothing =>
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static unsafe RecordBatchError Decompress(ReadOnlySpan<byte> compressed, int maxLength, PooledBuffer destination)
    {
        // Nothing that is complete is shorter.
        if (compressed.Length < CompressedNothing.Length)
            return CompressionCodec.Corrupt(CompressionType.Gzip);

        int start = destination.Length;
        long limit = (long)start + maxLength;
        fixed (byte* pointer = compressed)
        {
            using var source = new UnmanagedMemoryStream(pointer, compressed.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            try
            {
                int reservation = CompressionCodec.FirstReservation(compressed.Length, maxLength);
                Span<byte> free = CompressionCodec.FreeSpan(destination, reservation, limit);
                for (int read = gzip.Read(free); read > 0; read = gzip.Read(free))
                {
                    destination.Advance(read);
                    if (destination.Length > limit)
                        return CompressionCodec.TooLarge(maxLength);
                    free = CompressionCodec.FreeSpan(destination, 1, limit);
                }
            }
            catch (InvalidDataException)
            {
                return CompressionCodec.Corrupt(CompressionType.Gzip);
            }
        }

        return EndsWithTrailerOf(compressed, destination.WrittenSpan[start..])
            ? RecordBatchError.None
            : CompressionCodec.Corrupt(CompressionType.Gzip);
    }

    public static void Compress(ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        if (bytes.IsEmpty)
        {
            destination.Write(CompressedNothing);
            return;
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        destination.Write(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
    }

    // GZipStream takes the end of its source for the end of the data wherever it comes. What is complete ends with the
    // checksum and the length of the last member's content (RFC 1952), which the content must end with.
    private static bool EndsWithTrailerOf(ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> trailer = compressed[^TrailerLength..];
        uint lengthOfLastMember = BinaryPrimitives.ReadUInt32LittleEndian(trailer[sizeof(uint)..]);
        // Eight zeros would pass for the trailer of an empty member.
        if (lengthOfLastMember > content.Length || (lengthOfLastMember == 0 && !content.IsEmpty))
            return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32.HashToUInt32(content[^(int)lengthOfLastMember..]);
    }
}
