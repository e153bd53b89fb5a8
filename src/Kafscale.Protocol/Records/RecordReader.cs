namespace Kafscale.Protocol.Records;

/// <summary>
/// Walks the records of a batch without copying or allocating. A record that it gives is complete: lengths, key, value
/// and every header have been checked. After the last one it also checks that nothing follows.
/// </summary>
/// <example><code>
/// var records = new RecordReader(decompressedRecords, header);
/// while (records.TryRead(out Record record)) { ... }
/// if (!records.Error.IsNone) ...
/// </code></example>
public ref struct RecordReader
{
    private readonly ReadOnlySpan<byte> _records;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly long _logAppendTime;
    private readonly bool _hasLogAppendTime;
    private readonly int _count;
    private int _position;
    private int _readCount;

    /// <param name="records">What follows the batch's header, decompressed; see <see cref="RecordBatchBody"/>.</param>
    /// <param name="header">The batch's header.</param>
    public RecordReader(ReadOnlySpan<byte> records, scoped in RecordBatchHeader header)
    {
        _records = records;
        _baseOffset = header.BaseOffset;
        _baseTimestamp = header.BaseTimestamp;
        _logAppendTime = header.MaxTimestamp;
        _hasLogAppendTime = header.TimestampType == TimestampType.LogAppendTime;
        _count = header.RecordCount;
    }

    /// <summary>Why the walk ended before the batch's last record, if it did: always InvalidRecord.</summary>
    public RecordBatchError Error { get; private set; }

    /// <summary>Reads the next record. False after the last one, or where <see cref="Error"/> is set.</summary>
    public bool TryRead(out Record record)
    {
        if (_readCount < _count && Error.IsNone && TryReadRecord(out record))
        {
            _readCount++;
            return true;
        }

        record = default;
        if (Error.IsNone)
            Error = ErrorAtEnd();
        return false;
    }

    internal static bool TryReadBytes(
        ReadOnlySpan<byte> record, scoped ref int position, out ReadOnlySpan<byte> bytes, out bool isNull)
    {
        bytes = default;
        isNull = true;
        if (!RecordVarint.TryReadInt(record, ref position, out int length))
            return false;
        // Java's clients write -1 for null and read every negative length as null; others do not, so only -1 is taken.
        if (length < 0)
            return length == -1;
        if (length > record.Length - position)
            return false;
        bytes = record.Slice(position, length);
        isNull = false;
        position += length;
        return true;
    }

    private readonly RecordBatchError ErrorAtEnd()
    {
        if (_readCount >= _count)
        {
            return _position == _records.Length
                ? RecordBatchError.None
                : RecordBatchError.Invalid($"{_records.Length - _position} bytes follow the batch's {_count} records.");
        }

        return _position == _records.Length
            ? RecordBatchError.Invalid($"The batch says it has {_count} records, but there are {_readCount}.")
            : RecordBatchError.Invalid($"Record {_readCount} of the batch is malformed.");
    }

    private bool TryReadRecord(out Record result)
    {
        result = default;
        int position = _position;
        if (!RecordVarint.TryReadInt(_records, ref position, out int length) || length < 1 || length > _records.Length - position)
            return false;

        ReadOnlySpan<byte> record = _records.Slice(position, length);
        int end = position + length;
        // Byte 0 holds the record's attributes, none of which is defined.
        position = 1;
        if (!RecordVarint.TryReadLong(record, ref position, out long timestampDelta)
            || !RecordVarint.TryReadInt(record, ref position, out int offsetDelta)
            || !TryReadBytes(record, ref position, out ReadOnlySpan<byte> key, out bool isKeyNull)
            || !TryReadBytes(record, ref position, out ReadOnlySpan<byte> value, out bool isValueNull)
            || !RecordVarint.TryReadInt(record, ref position, out int headerCount)
            || headerCount < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> headers = record[position..];
        bool headersAreComplete = headerCount == 0 ? headers.IsEmpty : AreHeadersComplete(headers, headerCount);
        if (!headersAreComplete)
            return false;

        _position = end;
        result = new Record(
            offsetDelta,
            _baseOffset + offsetDelta,
            _hasLogAppendTime ? _logAppendTime : _baseTimestamp + timestampDelta,
            key,
            isKeyNull,
            value,
            isValueNull,
            headers,
            headerCount);
        return true;
    }

    private static bool AreHeadersComplete(ReadOnlySpan<byte> headers, int count)
    {
        int position = 0;
        for (; count > 0; count--)
        {
            if (!TryReadBytes(headers, ref position, out _, out bool isKeyNull) || isKeyNull
                || !TryReadBytes(headers, ref position, out _, out _))
            {
                return false;
            }
        }

        return position == headers.Length;
    }
}
