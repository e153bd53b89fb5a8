using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Kafscale.Protocol;

/// <summary>
/// Writes the values of the Kafka protocol into the spans that an <see cref="IBufferWriter{T}"/> gives. The output sees
/// what was written once <see cref="Complete"/> is called.
/// </summary>
public ref struct MessageWriter(IBufferWriter<byte> output)
{
    private const int MaxVarintBytes = 5;
    private const int GuidBytes = 16;

    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _span;
    private int _used;
    private long _completedBytes;

    /// <summary>The bytes written so far.</summary>
    public readonly long BytesWritten => _completedBytes + _used;

    /// <summary>Hands what was written to the output. The writer can be used further.</summary>
    public void Complete()
    {
        if (_used > 0)
        {
            _output.Advance(_used);
            _completedBytes += _used;
        }

        _span = default;
        _used = 0;
    }

    public void WriteBoolean(bool value) => Take(sizeof(byte))[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Take(sizeof(sbyte))[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Take(sizeof(double)), value);

    /// <summary>Writes Kafka's Uuid: 16 bytes, the most significant first.</summary>
    public void WriteUuid(Guid value) => value.TryWriteBytes(Take(GuidBytes), bigEndian: true, out _);

    public void WriteUnsignedVarint(uint value)
    {
        EnsureSpace(MaxVarintBytes);
        while (value > 0x7F)
        {
            _span[_used++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _span[_used++] = (byte)value;
    }

    /// <summary>Writes a string as UTF-8 after its length in bytes.</summary>
    /// <exception cref="ArgumentException">The string takes more than 32,767 bytes.</exception>
    public void WriteString(string value, bool flexible)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteNullableString(value, flexible);
    }

    /// <inheritdoc cref="WriteString"/>
    public void WriteNullableString(string? value, bool flexible)
    {
        int length = MessageSize.Utf8Length(value);
        if (flexible)
        {
            WriteUnsignedVarint((uint)(length + 1));
        }
        else
        {
            WriteInt16((short)length);
        }

        if (length > 0)
        {
            Encoding.UTF8.GetBytes(value, Take(length));
        }
    }

    public void WriteBytes(byte[] value, bool flexible)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteNullableBytes(value, flexible);
    }

    public void WriteNullableBytes(byte[]? value, bool flexible)
    {
        WriteArrayLength(value?.Length ?? -1, flexible);
        WriteRaw(value);
    }

    /// <summary>Writes record batches as they are, after their length in bytes.</summary>
    public void WriteNullableRecords(ReadOnlySequence<byte>? value, bool flexible)
    {
        if (value is not { } records)
        {
            WriteArrayLength(-1, flexible);
            return;
        }

        WriteArrayLength(checked((int)records.Length), flexible);
        if (_output is IRecordsOutput recordsOutput)
        {
            Complete();
            recordsOutput.WriteRecords(records);
            _completedBytes += records.Length;
            return;
        }

        foreach (ReadOnlyMemory<byte> segment in records)
        {
            WriteRaw(segment.Span);
        }
    }

    /// <summary>Writes the number of elements of an array, or -1 for null.</summary>
    public void WriteArrayLength(int count, bool flexible)
    {
        if (flexible)
        {
            WriteUnsignedVarint((uint)(count + 1));
        }
        else
        {
            WriteInt32(count);
        }
    }

    /// <summary>Writes the byte that goes before a struct that can be null.</summary>
    public void WriteStructPresence(bool isPresent) => WriteInt8(isPresent ? (sbyte)1 : (sbyte)-1);

    /// <summary>Writes what goes before a tagged field: its tag and its size in bytes.</summary>
    public void WriteTaggedFieldHeader(int tag, int size)
    {
        WriteUnsignedVarint((uint)tag);
        WriteUnsignedVarint((uint)size);
    }

    /// <summary>Writes tagged fields that were kept from reading; their number is written before.</summary>
    public void WriteUnknownTaggedFields(List<UnknownTaggedField>? fields)
    {
        if (fields is null)
        {
            return;
        }

        foreach (UnknownTaggedField field in fields)
        {
            WriteTaggedFieldHeader(field.Tag, field.Data.Length);
            WriteRaw(field.Data);
        }
    }

    /// <summary>Writes bytes as they are.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            EnsureSpace(1);
            int count = Math.Min(bytes.Length, _span.Length - _used);
            bytes[..count].CopyTo(_span[_used..]);
            _used += count;
            bytes = bytes[count..];
        }
    }

    private Span<byte> Take(int count)
    {
        EnsureSpace(count);
        Span<byte> taken = _span.Slice(_used, count);
        _used += count;
        return taken;
    }

    private void EnsureSpace(int count)
    {
        if (_span.Length - _used < count)
        {
            Complete();
            _span = _output.GetSpan(count);
        }
    }
}
