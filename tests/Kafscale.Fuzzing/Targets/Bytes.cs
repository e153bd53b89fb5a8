using System.Buffers.Binary;
using Kafscale.Protocol.Records;

namespace Kafscale.Fuzzing.Targets;

/// <summary>What several targets do with bytes.</summary>
internal static class Bytes
{
    public static byte[] Random(Random random, int maxLength)
    {
        byte[] bytes = new byte[random.Next(maxLength + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Writes the checksum of all bytes before the last four into these.</summary>
    public static void RepairTrailingCrc(Span<byte> input)
    {
        if (input.Length >= sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[^sizeof(uint)..], Crc32C.Compute(input[..^sizeof(uint)]));
        }
    }

    public static void RequireEqual(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new WrongResultException($"{what}: {Convert.ToHexStringLower(expected)} became {Convert.ToHexStringLower(actual)}");
        }
    }
}
