using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kafscale.Protocol.Records;

/// <summary>Writes the records of batches as the messages that consumers before Kafka 0.11 read (magic 0 and 1), uncompressed.</summary>
public static class MessageSetWriter
{
    /// <summary>Writes one message behind what the buffer holds; the record's headers are left out, as magic 0 and 1 have none.</summary>
    /// <param name="messages">Where it goes.</param>
    /// <param name="magic">0, which also leaves out the timestamp, or 1.</param>
    /// <param name="record">What it says.</param>
    /// <param name="timestampType">Who set the record's timestamp.</param>
    public static void Write(PooledBuffer messages, byte magic, scoped in Record record, TimestampType timestampType)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(magic, 1);
        int size = checked((int)SizeOf(record, magic));
        Span<byte> message = messages.GetSpan(size)[..size];
        BinaryPrimitives.WriteInt64BigEndian(message, record.Offset);
        BinaryPrimitives.WriteInt32BigEndian(message[sizeof(long)..], size - MessageSetReader.OverheadBytes);

        Span<byte> body = message[MessageSetReader.OverheadBytes..];
        body[sizeof(uint)] = magic;
        body[sizeof(uint) + 1] = (byte)(magic > 0 && timestampType == TimestampType.LogAppendTime ? RecordBatchHeader.LogAppendTimeFlag : 0);
        Span<byte> rest = body[(sizeof(uint) + 2)..];
        if (magic > 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(rest, record.Timestamp);
            rest = rest[sizeof(long)..];
        }

        rest = WriteBytes(rest, record.Key, record.IsKeyNull);
        WriteBytes(rest, record.Value, record.IsValueNull);
        BinaryPrimitives.WriteUInt32BigEndian(body, Crc32.HashToUInt32(body[sizeof(uint)..]));
        messages.Advance(size);
    }

    /// <summary>
    /// Writes the records of a batch from an offset on, as many as fit. Those that the batch has no more, and all of a control
    /// batch, are none of a consumer's.
    /// </summary>
    /// <param name="batch">Exactly the bytes of one batch.</param>
    /// <param name="header">The header read from them.</param>
    /// <param name="fromOffset">The first offset that is wanted.</param>
    /// <param name="target">Where they go, and how much of it.</param>
    /// <param name="scratch">Where the records are decompressed; may be used again for the next batch.</param>
    /// <returns>What is wrong with the batch. What was written before is right nonetheless.</returns>
    public static RecordBatchError Write(
        in ReadOnlySequence<byte> batch, in RecordBatchHeader header, long fromOffset, MessageSetTarget target, PooledBuffer scratch)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(scratch);
        if (header.IsControl)
            return RecordBatchError.None;
        RecordBatchError error = RecordBatchBody.Read(
            batch, header, target.MaxDecompressedBytes, scratch, out ReadOnlySpan<byte> body);
        if (!error.IsNone)
            return error;

        var records = new RecordReader(body, header);
        while (!target.IsFull && records.TryRead(out Record record))
        {
            if (record.Offset >= fromOffset)
                target.Write(record, header.TimestampType);
        }

        return records.Error;
    }

    /// <summary>Bytes of a message with offset and size.</summary>
    internal static long SizeOf(scoped in Record record, byte magic) =>
        (long)MessageSetReader.OverheadBytes + SizeWithoutContent(magic) + record.Key.Length + record.Value.Length;

    /// <summary>What the size of a message says that has neither key nor value: checksum, magic, attributes, timestamp, two lengths.</summary>
    internal static int SizeWithoutContent(byte magic) => magic == 0 ? 14 : 22;

    private static Span<byte> WriteBytes(Span<byte> destination, ReadOnlySpan<byte> bytes, bool isNull)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, isNull ? -1 : bytes.Length);
        bytes.CopyTo(destination[sizeof(int)..]);
        return destination[(sizeof(int) + bytes.Length)..];
    }
}
