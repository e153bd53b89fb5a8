using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Kafscale.Protocol.Records;

/// <summary>Builds a batch as a producer would. For tools, tests and transaction markers; not tuned.</summary>
public sealed class RecordBatchBuilder
{
    private readonly ArrayBufferWriter<byte> _records = new();
    private long _baseTimestamp = RecordBatchHeader.NoTimestamp;
    private long _maxTimestamp = RecordBatchHeader.NoTimestamp;

    public CompressionType CompressionType { get; init; }

    /// <summary>0 in a batch on its way to a broker.</summary>
    public long BaseOffset { get; init; }

    public int PartitionLeaderEpoch { get; init; } = RecordBatchHeader.NoPartitionLeaderEpoch;

    public long ProducerId { get; init; } = RecordBatchHeader.NoProducerId;

    public short ProducerEpoch { get; init; } = RecordBatchHeader.NoProducerEpoch;

    public int BaseSequence { get; init; } = RecordBatchHeader.NoSequence;

    public bool IsTransactional { get; init; }

    public bool IsControl { get; init; }

    /// <summary>Records appended so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a record at the next offset.</summary>
    /// <param name="timestamp">Milliseconds, or -1 for none.</param>
    public RecordBatchBuilder Append(long timestamp, byte[]? key, byte[]? value, params ReadOnlySpan<RecordHeader> headers)
    {
        if (Count == 0)
        {
            _baseTimestamp = timestamp;
            _maxTimestamp = timestamp;
        }

        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
        long timestampDelta = timestamp - _baseTimestamp;
        int offsetDelta = Count++;

        // The one byte is the record's attributes.
        int length = 1 + RecordVarint.SizeOf(timestampDelta) + RecordVarint.SizeOf(offsetDelta)
            + SizeOf(key) + SizeOf(value) + RecordVarint.SizeOf(headers.Length);
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            length += RecordVarint.SizeOf(keyLength) + keyLength + SizeOf(header.Value);
        }

        WriteVarint(length);
        _records.Write<byte>([0]);
        WriteVarint(timestampDelta);
        WriteVarint(offsetDelta);
        WriteBytes(key);
        WriteBytes(value);
        WriteVarint(headers.Length);
        foreach (RecordHeader header in headers)
        {
            WriteBytes(Encoding.UTF8.GetBytes(header.Key));
            WriteBytes(header.Value);
        }

        return this;
    }

    /// <summary>The bytes of the batch with what has been appended so far, at least one record.</summary>
    public byte[] Build()
    {
        if (Count == 0)
            throw new InvalidOperationException("A batch needs at least one record.");

        using var body = new PooledBuffer();
        CompressionCodec.Compress(CompressionType, _records.WrittenSpan, body);

        byte[] batch = new byte[RecordBatchHeader.Size + body.Length];
        Span<byte> span = batch;
        RecordBatchHeader.Stamp(span, BaseOffset, PartitionLeaderEpoch);
        BinaryPrimitives.WriteInt32BigEndian(
            span[RecordBatchHeader.BatchLengthPosition..], batch.Length - RecordBatchHeader.LengthOverhead);
        span[RecordBatchHeader.MagicPosition] = RecordBatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(span[RecordBatchHeader.AttributesPosition..], Attributes());
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.LastOffsetDeltaPosition..], Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.BaseTimestampPosition..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.MaxTimestampPosition..], _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.ProducerIdPosition..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(span[RecordBatchHeader.ProducerEpochPosition..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.BaseSequencePosition..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.RecordCountPosition..], Count);
        body.WrittenSpan.CopyTo(span[RecordBatchHeader.Size..]);
        BinaryPrimitives.WriteUInt32BigEndian(
            span[RecordBatchHeader.CrcPosition..], Crc32C.Compute(span[RecordBatchHeader.CrcCoverageStart..]));
        return batch;
    }

    private static int SizeOf(byte[]? bytes) =>
        bytes is null ? RecordVarint.SizeOf(-1) : RecordVarint.SizeOf(bytes.Length) + bytes.Length;

    private short Attributes()
    {
        short attributes = (short)CompressionType;
        if (IsTransactional)
            attributes |= RecordBatchHeader.TransactionalFlag;
        if (IsControl)
            attributes |= RecordBatchHeader.ControlFlag;
        return attributes;
    }

    private void WriteVarint(long value) =>
        _records.Advance(RecordVarint.Write(_records.GetSpan(RecordVarint.MaxLongBytes), value));

    private void WriteBytes(byte[]? bytes)
    {
        WriteVarint(bytes?.Length ?? -1);
        _records.Write(bytes);
    }
}
