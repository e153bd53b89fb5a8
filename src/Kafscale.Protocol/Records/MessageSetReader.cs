using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Walks the messages of a message set (magic 0 and 1) without copying or allocating: offset, size, CRC-32 of what follows it,
/// magic, attributes, with magic 1 a timestamp (KIP-32), key, value. A message that is cut off at the end, as answers to Fetch may have, is not there.
/// </summary>
/// <example><code>
/// var messages = new MessageSetReader(bytes);
/// while (messages.TryRead(out Message message)) { ... }
/// if (!messages.Error.IsNone) ...
/// </code></example>
public ref struct MessageSetReader
{
    /// <summary>Bytes of a message's offset and size, which the size does not count.</summary>
    internal const int OverheadBytes = sizeof(long) + sizeof(int);

    private readonly ReadOnlySpan<byte> _messages;
    private int _position;

    public MessageSetReader(ReadOnlySpan<byte> messages)
    {
        _messages = messages;
        Error = RecordBatchError.None;
    }

    /// <summary>Why the walk ended before the end of the set, if it did.</summary>
    public RecordBatchError Error { get; private set; }

    /// <summary>Whether bytes are left that have not been read: once <see cref="TryRead"/> has found nothing more, those of a message that is cut off.</summary>
    public readonly bool HasRest => _position < _messages.Length;

    /// <summary>Reads the next message. False after the last whole one, or where <see cref="Error"/> is set.</summary>
    public bool TryRead(out Message message)
    {
        message = default;
        ReadOnlySpan<byte> rest = _messages[_position..];
        if (!Error.IsNone || rest.Length < OverheadBytes)
            return false;

        int size = BinaryPrimitives.ReadInt32BigEndian(rest[sizeof(long)..]);
        if (size < MessageSetWriter.SizeWithoutContent(magic: 0))
        {
            Error = RecordBatchError.Corrupt($"A message has a size of {size} bytes, too few for its fields.");
            return false;
        }

        if (size > rest.Length - OverheadBytes)
            return false;

        long offset = BinaryPrimitives.ReadInt64BigEndian(rest);
        Error = TryReadBody(rest.Slice(OverheadBytes, size), offset, out message);
        _position += OverheadBytes + size;
        return Error.IsNone;
    }

    private static RecordBatchError TryReadBody(ReadOnlySpan<byte> body, long offset, out Message message)
    {
        message = default;
        byte magic = body[sizeof(uint)];
        if (magic == RecordBatchHeader.CurrentMagic)
            return RecordBatchError.Invalid("Message sets have messages of magic 0 and 1, not record batches of magic 2.");
        if (magic > RecordBatchHeader.CurrentMagic)
            return RecordBatchError.Corrupt($"There is no message format of magic {magic}.");

        uint expectedCrc = BinaryPrimitives.ReadUInt32BigEndian(body);
        uint crc = Crc32.HashToUInt32(body[sizeof(uint)..]);
        if (crc != expectedCrc)
            return RecordBatchError.Corrupt($"A message has the checksum 0x{crc:X8}, but it says 0x{expectedCrc:X8}.");
        if (body.Length < MessageSetWriter.SizeWithoutContent(magic))
            return RecordBatchError.Corrupt($"A message has a size of {body.Length} bytes, too few for its fields.");

        byte attributes = body[sizeof(uint) + 1];
        int position = sizeof(uint) + 2;
        long timestamp = RecordBatchHeader.NoTimestamp;
        if (magic > 0)
        {
            timestamp = BinaryPrimitives.ReadInt64BigEndian(body[position..]);
            position += sizeof(long);
        }

        if (!TryReadBytes(body, ref position, out ReadOnlySpan<byte> key, out bool isKeyNull)
            || !TryReadBytes(body, ref position, out ReadOnlySpan<byte> value, out bool isValueNull)
            || position != body.Length)
        {
            return RecordBatchError.Corrupt("The key and the value of a message do not fill it.");
        }

        message = new Message(offset, magic, attributes, timestamp, key, isKeyNull, value, isValueNull);
        return RecordBatchError.None;
    }

    private static bool TryReadBytes(
        ReadOnlySpan<byte> body, scoped ref int position, out ReadOnlySpan<byte> bytes, out bool isNull)
    {
        bytes = default;
        isNull = true;
        if (!BinaryPrimitives.TryReadInt32BigEndian(body[position..], out int length))
            return false;
        position += sizeof(int);
        if (length < 0)
            return length == -1;
        if (length > body.Length - position)
            return false;
        bytes = body.Slice(position, length);
        isNull = false;
        position += length;
        return true;
    }
}
