using System.Buffers;
using System.Text;

namespace Kafscale.Storage.Binary;

/// <summary>Reads big-endian fields one after another, and says what is wrong where in the object when they end too early.</summary>
/// <param name="key">The object's key, for messages.</param>
/// <param name="startPosition">Where in the object <paramref name="bytes"/> begin, for messages.</param>
/// <param name="bytes">What is parsed.</param>
internal ref struct BigEndianParser(string key, long startPosition, ReadOnlySequence<byte> bytes)
{
    private readonly string _key = key;
    private readonly long _startPosition = startPosition;
    private SequenceReader<byte> _reader = new(bytes);

    /// <summary>Where in the object the next field begins.</summary>
    public readonly long Position => _startPosition + _reader.Consumed;

    public readonly long Remaining => _reader.Remaining;

    public byte ReadByte(string field) => _reader.TryRead(out var value) ? value : throw EndsInside(field);

    public short ReadInt16(string field) => _reader.TryReadBigEndian(out short value) ? value : throw EndsInside(field);

    public ushort ReadUInt16(string field) => (ushort)ReadInt16(field);

    public int ReadInt32(string field) => _reader.TryReadBigEndian(out int value) ? value : throw EndsInside(field);

    public uint ReadUInt32(string field) => (uint)ReadInt32(field);

    public long ReadInt64(string field) => _reader.TryReadBigEndian(out long value) ? value : throw EndsInside(field);

    public long ReadNotNegativeInt64(string field)
    {
        var position = Position;
        var value = ReadInt64(field);
        return value >= 0 ? value : throw Corrupt(position, $"The {field} is {value}, which is negative.");
    }

    public int ReadNotNegativeInt32(string field)
    {
        var position = Position;
        var value = ReadInt32(field);
        return value >= 0 ? value : throw Corrupt(position, $"The {field} is {value}, which is negative.");
    }

    public Guid ReadGuid(string field)
    {
        Span<byte> value = stackalloc byte[16];
        if (!_reader.TryCopyTo(value))
            throw EndsInside(field);
        _reader.Advance(value.Length);
        return new Guid(value, bigEndian: true);
    }

    /// <summary>Reads a length byte and that many characters.</summary>
    public string ReadShortText(string field)
    {
        Span<byte> text = stackalloc byte[ReadByte($"length of the {field}")];
        if (!_reader.TryCopyTo(text))
            throw EndsInside(field);
        _reader.Advance(text.Length);
        return Encoding.Latin1.GetString(text);
    }

    /// <summary>Copies the next bytes; their number is compared with what is there before memory is taken.</summary>
    public byte[] ReadBytes(int length, string field)
    {
        if (length > Remaining)
            throw EndsInside(field);
        var bytes = new byte[length];
        _reader.TryCopyTo(bytes);
        _reader.Advance(length);
        return bytes;
    }

    public string ReadTopicName()
    {
        var position = Position;
        var name = ReadShortText("topic name");
        return TopicName.IsValid(name) ? name : throw Corrupt(position, "The topic name is not a valid one.");
    }

    /// <summary>
    /// Reads how many entries follow, and refuses a number that cannot be true, before anybody allocates for it.
    /// </summary>
    public int ReadCount(string field, int smallestEntryLength)
    {
        var position = Position;
        var count = ReadInt32(field);
        return count >= 0 && count <= Remaining / smallestEntryLength
            ? count
            : throw Corrupt(position, $"The {field} is {count}, but only {Remaining} bytes follow.");
    }

    /// <summary>Reads what most objects begin with: magic, version and flags.</summary>
    public void ExpectHeader(uint magic, ushort supported, string what)
    {
        ExpectMagic(magic, what);
        ExpectVersion(supported);
        ExpectNoFlags();
    }

    public void ExpectMagic(uint expected, string what)
    {
        var position = Position;
        var magic = ReadUInt32($"{what} magic");
        if (magic != expected)
            throw Corrupt(position, $"The {what} magic is 0x{magic:X8} instead of 0x{expected:X8}.");
    }

    public void ExpectVersion(ushort supported)
    {
        var version = ReadUInt16("version");
        if (version != supported)
            throw new UnsupportedVersionException(_key, $"{version}", $"{supported}");
    }

    /// <summary>Refuses bytes that nobody has read.</summary>
    public readonly void ExpectEnd(string what)
    {
        if (Remaining != 0)
            throw Corrupt(Position, $"{Remaining} bytes follow where the {what} ends.");
    }

    /// <summary>Takes the next <paramref name="length"/> bytes out as a parser of their own.</summary>
    public BigEndianParser Take(long length, string what)
    {
        if (length > Remaining)
            throw Corrupt(Position, $"The {what} has {length} bytes, but only {Remaining} follow.");
        var taken = new BigEndianParser(_key, Position, _reader.UnreadSequence.Slice(0, length));
        _reader.Advance(length);
        return taken;
    }

    public void Skip(long length, string what)
    {
        if (length > Remaining)
            throw EndsInside(what);
        _reader.Advance(length);
    }

    public readonly CorruptObjectException Corrupt(long position, string problem) => new(_key, position, problem);

    private void ExpectNoFlags()
    {
        var position = Position;
        var flags = ReadUInt16("flags");
        if (flags != 0)
            throw Corrupt(position, $"The flags are 0x{flags:X4}, but none are known.");
    }

    private readonly CorruptObjectException EndsInside(string field) =>
        Corrupt(_startPosition + _reader.Length, $"The bytes end inside the {field}.");
}
