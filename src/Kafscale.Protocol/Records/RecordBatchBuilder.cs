using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Kafscale.Protocol.Records;

/// <summary>Builds a batch as a producer would. For tools, tests, and the records of producers that know no batches; not tuned.</summary>
public sealed class RecordBatchBuilder
{
    /// <summary>Most bytes that a record without headers takes beside its key and value: its length, attributes and deltas, the lengths of both, no headers.</summary>
    internal const int MaxRecordOverheadBytes = 5 + 1 + RecordVarint.MaxLongBytes + 5 + 5 + 5 + 1;

    private readonly PooledBuffer _records;
    private long _baseTimestamp = RecordBatchHeader.NoTimestamp;
    private long _maxTimestamp = RecordBatchHeader.NoTimestamp;

    // Memory of its own is left to the garbage collector.
    public RecordBatchBuilder()
        : this(new PooledBuffer())
    {
    }

    /// <param name="records">Where the records are gathered; empty, and its owner's, who may use it again after <see cref="Build(PooledBuffer)"/>.</param>
    internal RecordBatchBuilder(PooledBuffer records) => _records = records;

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
        int headersLength = 0;
        foreach (RecordHeader header in headers)
        {
            int headerKeyLength = Encoding.UTF8.GetByteCount(header.Key);
            headersLength += RecordVarint.SizeOf(headerKeyLength) + headerKeyLength
                + (header.Value is null ? RecordVarint.SizeOf(-1) : SizeOf(header.Value, isNull: false));
        }

        Begin(timestamp, key, key is null, value, value is null, headers.Length, headersLength);
        foreach (RecordHeader header in headers)
        {
            WriteBytes(Encoding.UTF8.GetBytes(header.Key), isNull: false);
            WriteBytes(header.Value, header.Value is null);
        }

        return this;
    }

    /// <summary>Adds a record without headers at the next offset.</summary>
    internal void Append(long timestamp, ReadOnlySpan<byte> key, bool isKeyNull, ReadOnlySpan<byte> value, bool isValueNull) =>
        Begin(timestamp, key, isKeyNull, value, isValueNull, headerCount: 0, headersLength: 0);

    /// <summary>The bytes of the batch with what has been appended so far, at least one record.</summary>
    public byte[] Build()
    {
        using var batch = new PooledBuffer();
        Build(batch);
        return batch.WrittenSpan.ToArray();
    }

    /// <summary>Writes the batch with what has been appended so far, at least one record, behind what the destination holds.</summary>
    internal void Build(PooledBuffer destination)
    {
        if (Count == 0)
            throw new InvalidOperationException("A batch needs at least one record.");

        int start = destination.Length;
        destination.GetSpan(RecordBatchHeader.Size)[..RecordBatchHeader.Size].Clear();
        destination.Advance(RecordBatchHeader.Size);
        CompressionCodec.Compress(CompressionType, _records.WrittenSpan, destination);

        Span<byte> span = destination.WrittenFrom(start);
        RecordBatchHeader.Stamp(span, BaseOffset, PartitionLeaderEpoch);
        BinaryPrimitives.WriteInt32BigEndian(
            span[RecordBatchHeader.BatchLengthPosition..], span.Length - RecordBatchHeader.LengthOverhead);
        span[RecordBatchHeader.MagicPosition] = RecordBatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(span[RecordBatchHeader.AttributesPosition..], Attributes());
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.LastOffsetDeltaPosition..], Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.BaseTimestampPosition..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.MaxTimestampPosition..], _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatchHeader.ProducerIdPosition..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(span[RecordBatchHeader.ProducerEpochPosition..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.BaseSequencePosition..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatchHeader.RecordCountPosition..], Count);
        BinaryPrimitives.WriteUInt32BigEndian(
            span[RecordBatchHeader.CrcPosition..], Crc32C.Compute(span[RecordBatchHeader.CrcCoverageStart..]));
    }

    private static int SizeOf(ReadOnlySpan<byte> bytes, bool isNull) =>
        isNull ? RecordVarint.SizeOf(-1) : RecordVarint.SizeOf(bytes.Length) + bytes.Length;

    // All of a record but its headers.
    private void Begin(
        long timestamp, ReadOnlySpan<byte> key, bool isKeyNull, ReadOnlySpan<byte> value, bool isValueNull, int headerCount, int headersLength)
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
            + SizeOf(key, isKeyNull) + SizeOf(value, isValueNull) + RecordVarint.SizeOf(headerCount) + headersLength;
        WriteVarint(length);
        _records.Write<byte>([0]);
        WriteVarint(timestampDelta);
        WriteVarint(offsetDelta);
        WriteBytes(key, isKeyNull);
        WriteBytes(value, isValueNull);
        WriteVarint(headerCount);
    }

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

    private void WriteBytes(ReadOnlySpan<byte> bytes, bool isNull)
    {
        WriteVarint(isNull ? -1 : bytes.Length);
        _records.Write(bytes);
    }
}
