using System.Buffers.Binary;
using System.Text;

namespace Kafscale.Storage.Binary;

/// <summary>Writes big-endian fields one after another into memory that was measured before.</summary>
internal ref struct BigEndianWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Position { get; private set; }

    public void WriteByte(byte value) => _destination[Position++] = value;

    public void WriteInt16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_destination[Position..], value);
        Position += sizeof(short);
    }

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[Position..], value);
        Position += sizeof(ushort);
    }

    public void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_destination[Position..], value);
        Position += sizeof(int);
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_destination[Position..], value);
        Position += sizeof(uint);
    }

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_destination[Position..], value);
        Position += sizeof(long);
    }

    public void WriteGuid(Guid value)
    {
        value.TryWriteBytes(_destination[Position..], bigEndian: true, out var written);
        Position += written;
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Position..]);
        Position += bytes.Length;
    }

    /// <summary>A length byte and that many ASCII characters.</summary>
    public void WriteShortText(string text)
    {
        WriteByte((byte)text.Length);
        Position += Encoding.ASCII.GetBytes(text, _destination[Position..]);
    }
}
