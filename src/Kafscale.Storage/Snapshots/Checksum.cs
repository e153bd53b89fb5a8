using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Snapshots;

/// <summary>Objects whose last four bytes are the CRC-32C of all before.</summary>
internal static class Checksum
{
    public const int Length = sizeof(uint);

    /// <summary>A parser of what the checksum covers.</summary>
    /// <exception cref="CorruptObjectException">The checksum is another one.</exception>
    public static BigEndianParser OpenVerified(string key, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < Length)
        {
            throw new CorruptObjectException(key, 0, $"The object cannot have {bytes.Length} bytes.");
        }

        var position = bytes.Length - Length;
        var expected = new BigEndianParser(key, position, bytes.Slice(position)).ReadUInt32("CRC");
        var crc = Crc32C.Compute(bytes.Slice(0, position));
        return crc == expected
            ? new BigEndianParser(key, startPosition: 0, bytes.Slice(0, position))
            : throw new CorruptObjectException(key, position, $"The CRC is 0x{crc:X8}, but the last bytes say 0x{expected:X8}.");
    }
}
