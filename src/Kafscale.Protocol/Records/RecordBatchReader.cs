using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Walks the consecutive batches of a partition's records without copying or allocating. A batch that it gives is
/// complete and of magic 2; nothing else about it has been checked.
/// </summary>
/// <example><code>
/// var batches = new RecordBatchReader(records);
/// while (batches.TryRead(out RecordBatchHeader header, out ReadOnlySequence&lt;byte&gt; batch)) { ... }
/// if (!batches.Error.IsNone) ...
/// </code></example>
public struct RecordBatchReader
{
    private ReadOnlySequence<byte> _remaining;

    public RecordBatchReader(in ReadOnlySequence<byte> records)
    {
        _remaining = records;
        Error = RecordBatchError.None;
    }

    public RecordBatchReader(ReadOnlyMemory<byte> records)
        : this(new ReadOnlySequence<byte>(records))
    {
    }

    /// <summary>Why the walk ended before the end of the records, if it did.</summary>
    public RecordBatchError Error { get; private set; }

    /// <summary>What has not been read: at the end, nothing, or the bytes that are no batch.</summary>
    public readonly ReadOnlySequence<byte> Remaining => _remaining;

    /// <summary>Reads the next batch. False at the end of the records, or where <see cref="Error"/> is set.</summary>
    public bool TryRead(out RecordBatchHeader header, out ReadOnlySequence<byte> batch)
    {
        header = default;
        batch = default;
        if (_remaining.IsEmpty || !Error.IsNone)
            return false;

        if (!RecordBatchHeader.TryRead(_remaining, out header) || header.Magic != RecordBatchHeader.CurrentMagic)
        {
            Error = ErrorOfHeader();
            return false;
        }

        if (header.TotalLength > _remaining.Length)
        {
            Error = RecordBatchError.Corrupt(
                $"The batch says it has {header.TotalLength} bytes, but only {_remaining.Length} are there.");
            return false;
        }

        batch = _remaining.Slice(0, header.TotalLength);
        _remaining = _remaining.Slice(batch.End);
        return true;
    }

    // The magic comes first, as in Kafka: old message sets, which may be shorter than a header, get an answer of their own.
    private readonly RecordBatchError ErrorOfHeader()
    {
        if (_remaining.Length > RecordBatchHeader.MagicPosition)
        {
            byte magic = _remaining.Slice(RecordBatchHeader.MagicPosition, 1).FirstSpan[0];
            if (magic < RecordBatchHeader.CurrentMagic)
                return RecordBatchError.Invalid($"Records must be in batches of magic 2, not in message sets of magic {magic}.");
            if (magic > RecordBatchHeader.CurrentMagic)
                return RecordBatchError.Corrupt($"There is no batch format of magic {magic}.");
        }

        return _remaining.Length < RecordBatchHeader.Size
            ? RecordBatchError.Corrupt($"{_remaining.Length} bytes are too few for the header of a batch.")
            : RecordBatchError.Corrupt("The batch's length field is negative, too small for its header, or above 2 GiB.");
    }
}
