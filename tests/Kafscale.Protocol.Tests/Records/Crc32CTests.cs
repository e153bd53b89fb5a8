using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class Crc32CTests
{
    private static readonly Gen<byte[]> GenBytes = Gen.Byte.Array[0, 5000];

    [Fact]
    public void The_checksum_of_the_check_string_is_the_published_one() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void The_checksum_of_nothing_is_zero() => Assert.Equal(0u, Crc32C.Compute([]));

    // RFC 3720, B.4.
    [Theory]
    [InlineData(0x00, 0x8A9136AAu)]
    [InlineData(0xFF, 0x62A8AB43u)]
    public void The_checksum_of_32_equal_bytes_is_that_of_the_iSCSI_standard(byte value, uint expected)
    {
        byte[] bytes = new byte[32];
        bytes.AsSpan().Fill(value);

        Assert.Equal(expected, Crc32C.Compute(bytes));
    }

    [Fact]
    public void The_checksum_is_that_of_the_bitwise_definition_at_every_length_around_the_streams() =>
        Gen.Int[0, 4096].SelectMany(length => Gen.Byte.Array[length]).Sample(bytes =>
            Assert.Equal(BitwiseCrc32C(bytes), Crc32C.Compute(bytes)));

    [Fact]
    public void A_checksum_appended_to_is_that_of_the_whole() =>
        Gen.Select(GenBytes, Gen.Double[0, 1]).Sample((bytes, share) =>
        {
            int cut = (int)(bytes.Length * share);
            Assert.Equal(Crc32C.Compute(bytes), Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        });

    [Fact]
    public void Two_checksums_combine_to_that_of_the_whole() =>
        Gen.Select(GenBytes, GenBytes).Sample((a, b) =>
            Assert.Equal(
                Crc32C.Append(Crc32C.Compute(a), b),
                Crc32C.Combine(Crc32C.Compute(a), Crc32C.Compute(b), b.Length)));

    [Fact]
    public void Combining_is_right_for_lengths_beyond_what_one_array_holds()
    {
        // Zeros of every power of two up to 2^40, built by doubling.
        uint crc = Crc32C.Compute([0]);
        uint prefix = Crc32C.Compute("prefix"u8);
        uint expected = Crc32C.Append(prefix, [0]);
        for (long length = 1; length < 1L << 40; length *= 2)
        {
            Assert.Equal(expected, Crc32C.Combine(prefix, crc, length));
            expected = Crc32C.Combine(expected, crc, length);
            crc = Crc32C.Combine(crc, crc, length);
        }
    }

    [Fact]
    public void Combining_with_nothing_changes_nothing() =>
        Assert.Equal(0xE3069283u, Crc32C.Combine(0xE3069283u, 0, 0));

    [Fact]
    public void Combining_with_a_negative_length_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc32C.Combine(1, 2, -1));

    [Fact]
    public void The_checksum_of_a_sequence_is_that_of_its_bytes() =>
        Segments.GenSplit(GenBytes).Sample((bytes, sequence) =>
            Assert.Equal(Crc32C.Compute(bytes), Crc32C.Compute(sequence)));

    [Fact]
    public void The_portable_multiplication_is_that_of_the_definition() =>
        Gen.Select(Gen.UInt, Gen.UInt).Sample((left, right) =>
        {
            ulong expected = 0;
            for (int bit = 0; bit < 32; bit++)
                expected ^= (right >> bit & 1) * ((ulong)left << bit);
            Assert.Equal(expected, Crc32C.MultiplyWithoutCarryPortable(left, right));
        });

    private static uint BitwiseCrc32C(ReadOnlySpan<byte> bytes)
    {
        uint state = uint.MaxValue;
        foreach (byte value in bytes)
        {
            state ^= value;
            for (int bit = 0; bit < 8; bit++)
                state = (state & 1) != 0 ? state >> 1 ^ 0x82F63B78 : state >> 1;
        }

        return ~state;
    }
}
