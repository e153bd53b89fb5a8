using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace Kafscale.Protocol.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches and of Kafscale's files. Every value that goes in or comes out
/// is a finished checksum: that of "123456789" is 0xE3069283, that of nothing is 0.
/// </summary>
public static class Crc32C
{
    private const uint ReflectedPolynomial = 0x82F63B78;

    // The crc32 instruction takes three cycles but a new one can start in each, so one dependent chain of them runs at a
    // third of the speed. Below this length, splitting into three chains and joining them costs more than it gains.
    private const int ThreeStreamsFromBytes = 512;

    // Entry [256 * i + b] is x^(8 * b * 256^i - 32) modulo the polynomial: what a checksum is multiplied by when
    // b * 256^i bytes follow it. The factor x^-32 cancels the x^32 that Multiply adds.
    private static readonly uint[] ShiftFactors = CreateShiftFactors();

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(in ReadOnlySequence<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint state = ~crc;
        if (bytes.Length >= ThreeStreamsFromBytes)
        {
            int streamLength = bytes.Length / 3 & ~7;
            state = AppendThreeStreams(state, bytes, streamLength);
            bytes = bytes[(3 * streamLength)..];
        }

        return ~AppendOneStream(state, bytes);
    }

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
            return Append(crc, bytes.FirstSpan);

        foreach (ReadOnlyMemory<byte> segment in bytes)
            crc = Append(crc, segment.Span);
        return crc;
    }

    /// <summary>
    /// The checksum of A followed by B, from the checksums of both and the length of B, without the bytes.
    /// Constant time: a few multiplications whatever the length.
    /// </summary>
    /// <param name="crcA">The checksum of A.</param>
    /// <param name="crcB">The checksum of B.</param>
    /// <param name="lengthB">The length of B in bytes, not negative.</param>
    public static uint Combine(uint crcA, uint crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        return Multiply(crcA, ShiftFactor(lengthB)) ^ crcB;
    }

    private static uint AppendOneStream(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            state = BitOperations.Crc32C(state, value);
        return state;
    }

    private static uint AppendThreeStreams(uint state, ReadOnlySpan<byte> bytes, int streamLength)
    {
        ReadOnlySpan<byte> first = bytes[..streamLength];
        ReadOnlySpan<byte> second = bytes.Slice(streamLength, streamLength);
        ReadOnlySpan<byte> third = bytes.Slice(2 * streamLength, streamLength);
        uint stateOfSecond = 0;
        uint stateOfThird = 0;
        for (int position = 0; position < streamLength; position += sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, ReadWord(first, position));
            stateOfSecond = BitOperations.Crc32C(stateOfSecond, ReadWord(second, position));
            stateOfThird = BitOperations.Crc32C(stateOfThird, ReadWord(third, position));
        }

        uint factor = ShiftFactor(streamLength);
        return Multiply(Multiply(state, factor) ^ stateOfSecond, factor) ^ stateOfThird;
    }

    // Without the bounds checks, of which there would be three in each step. The caller's loop keeps position a multiple
    // of 8 below a length that is one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadWord(ReadOnlySpan<byte> bytes, int position)
    {
        ref byte start = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), position);
        ulong word = Unsafe.ReadUnaligned<ulong>(ref start);
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }

    private static uint ShiftFactor(long length)
    {
        uint[] factors = ShiftFactors;
        uint product = factors[(int)(length & 0xFF)];
        length >>= 8;
        for (int row = 256; length != 0; row += 256, length >>= 8)
        {
            int digit = (int)(length & 0xFF);
            if (digit != 0)
                product = Multiply(product, factors[row + digit]);
        }

        return product;
    }

    // The product of two polynomials times x^32, modulo Castagnoli's: the crc32 instruction does the reduction, and its
    // own factor of x^32 comes with it.
    private static uint Multiply(uint left, uint right) =>
        BitOperations.Crc32C(0u, MultiplyWithoutCarry(left, right) << 1);

    private static ulong MultiplyWithoutCarry(uint left, uint right)
    {
        if (Pclmulqdq.IsSupported)
        {
            return Pclmulqdq.CarrylessMultiply(
                Vector128.CreateScalar((ulong)left), Vector128.CreateScalar((ulong)right), 0).ToScalar();
        }

        if (ArmAes.IsSupported)
        {
            return ArmAes.PolynomialMultiplyWideningLower(
                Vector64.CreateScalar((ulong)left), Vector64.CreateScalar((ulong)right)).ToScalar();
        }

        return MultiplyWithoutCarryPortable(left, right);
    }

    /// <summary>What processors without a carry-less multiplication use; visible so that it is tested on every processor.</summary>
    internal static ulong MultiplyWithoutCarryPortable(uint left, uint right)
    {
        ulong product = 0;
        for (ulong shifted = left; right != 0; right >>= 1, shifted <<= 1)
        {
            if ((right & 1) != 0)
                product ^= shifted;
        }

        return product;
    }

    private static uint[] CreateShiftFactors()
    {
        uint[] factors = new uint[sizeof(long) * 256];
        // In reflected form the highest bit is the coefficient of 1 and a division by x is a shift to the left.
        uint power = 0x80000000;
        for (int exponent = 0; exponent > -32; exponent--)
        {
            bool wrapped = (power & 0x80000000) != 0;
            power = wrapped ? (power ^ ReflectedPolynomial) << 1 | 1 : power << 1;
        }

        uint zeroBytes = power;
        // x^-32 times x^8: one more byte of zeros.
        uint oneStep = BitOperations.Crc32C(power, (byte)0);
        for (int row = 0; row < factors.Length; row += 256)
        {
            factors[row] = zeroBytes;
            for (int digit = 1; digit < 256; digit++)
                factors[row + digit] = Multiply(factors[row + digit - 1], oneStep);
            oneStep = Multiply(factors[row + 255], oneStep);
        }

        return factors;
    }
}
