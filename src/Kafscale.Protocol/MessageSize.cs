using System.Buffers;
using System.Numerics;
using System.Text;

namespace Kafscale.Protocol;

/// <summary>The number of bytes that the values of a message take.</summary>
internal static class MessageSize
{
    private const int BitsPerVarintByte = 7;

    public static int OfUnsignedVarint(uint value) =>
        (31 - BitOperations.LeadingZeroCount(value | 1)) / BitsPerVarintByte + 1;

    public static int OfString(string value, bool flexible)
    {
        ArgumentNullException.ThrowIfNull(value);
        return OfNullableString(value, flexible);
    }

    public static int OfNullableString(string? value, bool flexible)
    {
        int length = Utf8Length(value);
        return Math.Max(length, 0) + (flexible ? OfCompactLength(length) : sizeof(short));
    }

    /// <summary>The bytes of a string as they are written before it: -1 where it is null.</summary>
    /// <exception cref="ArgumentException">The string takes more than 32,767 bytes.</exception>
    public static int Utf8Length(string? value)
    {
        int length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        return length <= short.MaxValue
            ? length
            : throw new ArgumentException($"A string of {length} bytes is longer than the {short.MaxValue} of the protocol.", nameof(value));
    }

    public static int OfBytes(byte[] value, bool flexible)
    {
        ArgumentNullException.ThrowIfNull(value);
        return OfNullableBytes(value, flexible);
    }

    public static int OfNullableBytes(byte[]? value, bool flexible) =>
        (value?.Length ?? 0) + OfArrayLength(value?.Length ?? -1, flexible);

    public static int OfNullableRecords(ReadOnlySequence<byte>? value, bool flexible)
    {
        int length = value is { } records ? checked((int)records.Length) : -1;
        return Math.Max(length, 0) + OfArrayLength(length, flexible);
    }

    /// <param name="count">The number of elements, or -1 where the array is null.</param>
    /// <param name="flexible">Whether the length is a varint.</param>
    public static int OfArrayLength(int count, bool flexible) => flexible ? OfCompactLength(count) : sizeof(int);

    public static int OfTaggedField(int tag, int size) => OfUnsignedVarint((uint)tag) + OfUnsignedVarint((uint)size) + size;

    public static int OfUnknownTaggedFields(List<UnknownTaggedField>? fields) => OfTaggedFields(fields?.Count ?? 0, fields);

    /// <summary>The number of tagged fields and the unknown ones among them; the known ones are counted by their messages.</summary>
    public static int OfTaggedFields(int count, List<UnknownTaggedField>? unknownFields)
    {
        int size = OfUnsignedVarint((uint)count);
        if (unknownFields is not null)
        {
            foreach (UnknownTaggedField field in unknownFields)
            {
                size += OfTaggedField(field.Tag, field.Data.Length);
            }
        }

        return size;
    }

    // A compact length is one more than the length, so that zero is left for null.
    private static int OfCompactLength(int length) => OfUnsignedVarint((uint)(length + 1));
}
