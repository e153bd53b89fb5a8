using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Kafscale.Protocol;

/// <summary>
/// Reads the values of the Kafka protocol from bytes that nobody vouches for. Every length is compared with the bytes
/// that remain before anything of that length is allocated, and the elements of all arrays together are limited, so
/// that a message costs memory in proportion to its own size.
/// </summary>
/// <remarks>Every method takes the name of the field for the message of <see cref="MalformedMessageException"/>.</remarks>
public ref struct MessageReader
{
    /// <summary>The array elements and unknown tagged fields that one message may have unless the caller says otherwise.</summary>
    public const int DefaultMaxElements = 1_000_000;

    private const int GuidBytes = 16;

    private readonly ReadOnlySequence<byte> _input;
    private readonly RecentStrings? _recent;
    private readonly long _length;
    private SequencePosition _segment;
    private SequencePosition _nextSegment;
    private ReadOnlySpan<byte> _unread;
    private int _segmentLength;
    private long _laterBytes;
    private int _elementsLeft;

    /// <param name="input">The message, in however many segments.</param>
    /// <param name="maxElements">The limit for the elements of all arrays and the unknown tagged fields together.</param>
    /// <param name="recent">Strings of earlier messages, which are used again.</param>
    public MessageReader(ReadOnlySequence<byte> input, int maxElements = DefaultMaxElements, RecentStrings? recent = null)
    {
        _input = input;
        _recent = recent;
        _length = input.Length;
        _segment = input.Start;
        _unread = input.FirstSpan;
        _segmentLength = _unread.Length;
        _laterBytes = _length - _segmentLength;
        _elementsLeft = maxElements;
        if (_laterBytes > 0)
        {
            _nextSegment = input.Start;
            input.TryGet(ref _nextSegment, out _);
        }
    }

    /// <param name="input">The message.</param>
    /// <param name="maxElements">The limit for the elements of all arrays and the unknown tagged fields together.</param>
    public MessageReader(ReadOnlyMemory<byte> input, int maxElements = DefaultMaxElements)
        : this(new ReadOnlySequence<byte>(input), maxElements)
    {
    }

    /// <summary>The bytes that are not read yet.</summary>
    public readonly long Remaining => _unread.Length + _laterBytes;

    /// <summary>The bytes that are read.</summary>
    public readonly long Position => _length - Remaining;

    public bool ReadBoolean(string field) => ReadByte(field) != 0;

    public sbyte ReadInt8(string field) => (sbyte)ReadByte(field);

    public short ReadInt16(string field)
    {
        if (_unread.Length < sizeof(short))
        {
            return (short)ReadAcrossSegments(sizeof(short), field);
        }

        short value = BinaryPrimitives.ReadInt16BigEndian(_unread);
        _unread = _unread[sizeof(short)..];
        return value;
    }

    public ushort ReadUInt16(string field) => (ushort)ReadInt16(field);

    public int ReadInt32(string field)
    {
        if (_unread.Length < sizeof(int))
        {
            return (int)ReadAcrossSegments(sizeof(int), field);
        }

        int value = BinaryPrimitives.ReadInt32BigEndian(_unread);
        _unread = _unread[sizeof(int)..];
        return value;
    }

    public uint ReadUInt32(string field) => (uint)ReadInt32(field);

    public long ReadInt64(string field)
    {
        if (_unread.Length < sizeof(long))
        {
            return ReadAcrossSegments(sizeof(long), field);
        }

        long value = BinaryPrimitives.ReadInt64BigEndian(_unread);
        _unread = _unread[sizeof(long)..];
        return value;
    }

    public double ReadFloat64(string field) => BitConverter.Int64BitsToDouble(ReadInt64(field));

    /// <summary>Reads Kafka's Uuid: 16 bytes, the most significant first.</summary>
    public Guid ReadUuid(string field)
    {
        Span<byte> bytes = stackalloc byte[GuidBytes];
        RequireRemaining(GuidBytes, field);
        CopyTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Reads up to five bytes with seven bits each, the least significant first.</summary>
    public uint ReadUnsignedVarint(string field)
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = ReadByte(field);
            if (shift == 28 && next > 0x0F)
            {
                break;
            }

            value |= (uint)(next & 0x7F) << shift;
            if (next <= 0x7F)
            {
                return value;
            }
        }

        throw Malformed(field, "is a varint of more than 32 bits");
    }

    public string ReadString(bool flexible, string field) =>
        ReadNullableString(flexible, field) ?? throw Malformed(field, "is null");

    public string? ReadNullableString(bool flexible, string field)
    {
        int length = flexible ? ReadCompactLength(field) : ReadInt16(field);
        if (length < 0)
        {
            RequireNull(length, field);
            return null;
        }

        if (length > short.MaxValue)
        {
            throw Malformed(field, $"is a string of {length} bytes, more than the {short.MaxValue} of the protocol");
        }

        RequireRemaining(length, field);
        if (length <= _unread.Length)
        {
            ReadOnlySpan<byte> utf8 = _unread[..length];
            _unread = _unread[length..];
            return _recent?.Find(utf8) ?? Decode(utf8, field);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            CopyTo(rented.AsSpan(0, length));
            return Decode(rented.AsSpan(0, length), field);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public byte[] ReadBytes(bool flexible, string field) =>
        ReadNullableBytes(flexible, field) ?? throw Malformed(field, "is null");

    public byte[]? ReadNullableBytes(bool flexible, string field)
    {
        int length = ReadNullableLength(flexible, field);
        return length < 0 ? null : ReadRaw(length, field);
    }

    public ReadOnlySequence<byte> ReadRecords(bool flexible, string field) =>
        ReadNullableRecords(flexible, field) ?? throw Malformed(field, "is null");

    /// <summary>Reads record batches as the part of the input in which they are: nothing is copied.</summary>
    public ReadOnlySequence<byte>? ReadNullableRecords(bool flexible, string field)
    {
        int length = ReadNullableLength(flexible, field);
        if (length < 0)
        {
            return null;
        }

        SequencePosition start = _input.GetPosition(_segmentLength - _unread.Length, _segment);
        ReadOnlySequence<byte> records = _input.Slice(start, length);
        Skip(length);
        return records;
    }

    /// <summary>Reads the number of elements of an array, checked so that a list of that capacity may be created.</summary>
    public int ReadArrayLength(bool flexible, string field)
    {
        int count = ReadNullableArrayLength(flexible, field);
        return count >= 0 ? count : throw Malformed(field, "is null");
    }

    /// <summary>As <see cref="ReadArrayLength"/>, and -1 for null.</summary>
    public int ReadNullableArrayLength(bool flexible, string field)
    {
        int count = ReadNullableLength(flexible, field);
        if (count > 0)
        {
            SpendElements(count, field);
        }

        return count;
    }

    /// <summary>Reads the byte before a struct that can be null; true where the struct follows.</summary>
    public bool ReadStructPresence(string field) => ReadInt8(field) >= 0;

    /// <summary>Reads the number of tagged fields that follow.</summary>
    public int ReadTaggedFieldCount(string field)
    {
        uint count = ReadUnsignedVarint(field);
        if (count > Remaining)
        {
            throw Malformed(field, $"has {count} tagged fields");
        }

        return (int)count;
    }

    /// <summary>Reads tag and size of a tagged field. It ends where <see cref="Position"/> is <paramref name="end"/>.</summary>
    public int BeginTaggedField(out long end, string field)
    {
        uint tag = ReadUnsignedVarint(field);
        uint size = ReadUnsignedVarint(field);
        if (tag > int.MaxValue || size > Remaining)
        {
            throw Malformed(field, $"has a tagged field with tag {tag} and {size} bytes");
        }

        end = Position + size;
        return (int)tag;
    }

    /// <summary>Checks that a tagged field took exactly the bytes that were announced.</summary>
    public readonly void EndTaggedField(long end, string field)
    {
        if (Position != end)
        {
            throw Malformed(field, $"ends {Position - end} bytes off its announced size");
        }
    }

    /// <summary>Reads the rest of a tagged field that the definition does not know.</summary>
    public UnknownTaggedField ReadUnknownTaggedField(int tag, long end)
    {
        SpendElements(1, "an unknown tagged field");
        return new UnknownTaggedField(tag, ReadRaw((int)(end - Position), "an unknown tagged field"));
    }

    /// <summary>Reads the tagged fields of a struct that knows none; null where there are none.</summary>
    public List<UnknownTaggedField>? ReadUnknownTaggedFields(string field)
    {
        int count = ReadTaggedFieldCount(field);
        if (count == 0)
        {
            return null;
        }

        var fields = new List<UnknownTaggedField>();
        for (int i = 0; i < count; i++)
        {
            int tag = BeginTaggedField(out long end, field);
            fields.Add(ReadUnknownTaggedField(tag, end));
        }

        return fields;
    }

    private readonly string Decode(ReadOnlySpan<byte> utf8, string field)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new MalformedMessageException($"{field} is not valid UTF-8.");
        }

        string decoded = Encoding.UTF8.GetString(utf8);
        _recent?.Keep(decoded);
        return decoded;
    }

    private byte ReadByte(string field)
    {
        if (_unread.IsEmpty)
        {
            RequireRemaining(sizeof(byte), field);
            NextSegment();
        }

        byte value = _unread[0];
        _unread = _unread[1..];
        return value;
    }

    private byte[] ReadRaw(int length, string field)
    {
        RequireRemaining(length, field);
        if (length == 0)
        {
            return [];
        }

        byte[] bytes = new byte[length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads a length in bytes or elements, of which each takes a byte at least; -1 for null.</summary>
    private int ReadNullableLength(bool flexible, string field)
    {
        int length = flexible ? ReadCompactLength(field) : ReadInt32(field);
        if (length < 0)
        {
            RequireNull(length, field);
        }
        else
        {
            RequireRemaining(length, field);
        }

        return length;
    }

    private int ReadCompactLength(string field)
    {
        uint lengthAndOne = ReadUnsignedVarint(field);
        return lengthAndOne <= int.MaxValue ? (int)lengthAndOne - 1 : throw Malformed(field, $"has the length {lengthAndOne - 1}");
    }

    private readonly void RequireNull(int length, string field)
    {
        if (length != -1)
        {
            throw Malformed(field, $"has the length {length}");
        }
    }

    private readonly void RequireRemaining(int count, string field)
    {
        if (count > Remaining)
        {
            throw Malformed(field, $"needs {count} bytes where {Remaining} remain");
        }
    }

    private void SpendElements(int count, string field)
    {
        if (count > _elementsLeft)
        {
            throw Malformed(field, $"has {count} elements where the message may have {_elementsLeft} more");
        }

        _elementsLeft -= count;
    }

    private long ReadAcrossSegments(int size, string field)
    {
        RequireRemaining(size, field);
        long value = 0;
        for (int i = 0; i < size; i++)
        {
            value = (value << 8) | ReadByte(field);
        }

        return value;
    }

    private void CopyTo(scoped Span<byte> destination)
    {
        while (destination.Length > _unread.Length)
        {
            _unread.CopyTo(destination);
            destination = destination[_unread.Length..];
            NextSegment();
        }

        _unread[..destination.Length].CopyTo(destination);
        _unread = _unread[destination.Length..];
    }

    private void Skip(int count)
    {
        while (count > _unread.Length)
        {
            count -= _unread.Length;
            NextSegment();
        }

        _unread = _unread[count..];
    }

    /// <summary>Goes on to the next segment that is not empty. The caller has made sure that there is one.</summary>
    private void NextSegment()
    {
        do
        {
            _segment = _nextSegment;
            _input.TryGet(ref _nextSegment, out ReadOnlyMemory<byte> memory);
            _unread = memory.Span;
        }
        while (_unread.IsEmpty);
        _segmentLength = _unread.Length;
        _laterBytes -= _segmentLength;
    }

    private readonly MalformedMessageException Malformed(string field, string what) =>
        new($"{field} {what} (at byte {Position} of {_length}).");
}
