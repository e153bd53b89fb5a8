using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kafscale.Protocol.Records;

/// <summary>The zig-zag variable-length integers inside records: seven bits a byte, lowest first.</summary>
internal static class RecordVarint
{
    public const int MaxLongBytes = 10;

    /// <summary>Reads at <paramref name="position"/> and moves past it. False at the end of the bytes or above 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt(ReadOnlySpan<byte> bytes, scoped ref int position, out int value)
    {
        if ((uint)position < (uint)bytes.Length && bytes[position] < 0x80)
        {
            int raw = bytes[position++];
            value = raw >> 1 ^ -(raw & 1);
            return true;
        }

        return TryReadLongerInt(bytes, ref position, out value);
    }

    /// <summary>Reads at <paramref name="position"/> and moves past it. False at the end of the bytes or above 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadLong(ReadOnlySpan<byte> bytes, scoped ref int position, out long value)
    {
        if ((uint)position < (uint)bytes.Length && bytes[position] < 0x80)
        {
            long raw = bytes[position++];
            value = raw >> 1 ^ -(raw & 1);
            return true;
        }

        return TryReadLongerLong(bytes, ref position, out value);
    }

    /// <summary>Writes an integer and returns the number of bytes, at most 10 (5 for those of 32 bits).</summary>
    public static int Write(Span<byte> bytes, long value)
    {
        ulong raw = ZigZag(value);
        int length = 0;
        for (; raw >= 0x80; raw >>= 7)
            bytes[length++] = (byte)(raw | 0x80);
        bytes[length++] = (byte)raw;
        return length;
    }

    public static int SizeOf(long value) => (BitOperations.Log2(ZigZag(value) | 1) + 7) / 7;

    private static ulong ZigZag(long value) => (ulong)(value << 1 ^ value >> 63);

    private static bool TryReadLongerLong(ReadOnlySpan<byte> bytes, scoped ref int position, out long value)
    {
        ulong raw = 0;
        for (int shift = 0; shift < 7 * MaxLongBytes && (uint)position < (uint)bytes.Length; shift += 7)
        {
            byte next = bytes[position++];
            // The last byte has room for one bit. Readers differ in what they do with more, so more is refused.
            if (shift == 7 * (MaxLongBytes - 1) && next > 1)
                break;
            raw |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                return true;
            }
        }

        value = 0;
        return false;
    }

    private static bool TryReadLongerInt(ReadOnlySpan<byte> bytes, scoped ref int position, out int value)
    {
        if (TryReadLongerLong(bytes, ref position, out long wide) && wide is >= int.MinValue and <= int.MaxValue)
        {
            value = (int)wide;
            return true;
        }

        value = 0;
        return false;
    }
}
