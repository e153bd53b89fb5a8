using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Finds records by time in batches of the log (ListOffsets, KIP-79 and KIP-734). A batch whose records cannot be read
/// ends in an <see cref="InvalidDataException"/>: the log is damaged.
/// </summary>
public static class RecordBatchLookup
{
    /// <summary>The first record whose timestamp is at least <paramref name="target"/> and whose offset is at least
    /// <paramref name="startOffset"/>; null where the batch has none.</summary>
    /// <param name="batch">Exactly the bytes of one batch.</param>
    /// <param name="header">The header read from them.</param>
    /// <param name="target">Milliseconds.</param>
    /// <param name="startOffset">The log start offset, which may lie inside a batch.</param>
    /// <param name="maxDecompressedBytes">Most bytes that the batch may decompress to.</param>
    public static OffsetAndTimestamp? FindOffsetByTimestamp(
        in ReadOnlySequence<byte> batch,
        in RecordBatchHeader header,
        long target,
        long startOffset = 0,
        int maxDecompressedBytes = int.MaxValue)
    {
        if (header.MaxTimestamp < target || header.LastOffset < startOffset)
            return null;
        if (header.TimestampType == TimestampType.LogAppendTime)
            return new OffsetAndTimestamp(Math.Max(header.BaseOffset, startOffset), header.MaxTimestamp);

        using var buffer = new PooledBuffer();
        RecordReader records = Open(batch, header, maxDecompressedBytes, buffer);
        while (records.TryRead(out Record record))
        {
            if (record.Timestamp >= target && record.Offset >= startOffset)
                return new OffsetAndTimestamp(record.Offset, record.Timestamp);
        }

        ThrowIfDamaged(records.Error, header);
        return null;
    }

    /// <summary>The first of the records with the largest timestamp, of those whose offset is at least
    /// <paramref name="startOffset"/>; null where the batch has none. Where all have the same, as with LogAppendTime, the first
    /// of these.</summary>
    /// <inheritdoc cref="FindOffsetByTimestamp" path="/param"/>
    public static OffsetAndTimestamp? FindMaxTimestamp(
        in ReadOnlySequence<byte> batch, in RecordBatchHeader header, long startOffset = 0, int maxDecompressedBytes = int.MaxValue)
    {
        if (header.TimestampType == TimestampType.LogAppendTime)
            return header.NextOffset > startOffset ? new OffsetAndTimestamp(Math.Max(header.BaseOffset, startOffset), header.MaxTimestamp) : null;

        using var buffer = new PooledBuffer();
        RecordReader records = Open(batch, header, maxDecompressedBytes, buffer);
        OffsetAndTimestamp? found = null;
        while (records.TryRead(out Record record))
        {
            if (record.Offset >= startOffset && !(found?.Timestamp >= record.Timestamp))
                found = new OffsetAndTimestamp(record.Offset, record.Timestamp);
        }

        ThrowIfDamaged(records.Error, header);
        return found;
    }

    private static RecordReader Open(
        in ReadOnlySequence<byte> batch, scoped in RecordBatchHeader header, int maxDecompressedBytes, PooledBuffer buffer)
    {
        ThrowIfDamaged(RecordBatchBody.Read(batch, header, maxDecompressedBytes, buffer, out ReadOnlySpan<byte> records), header);
        return new RecordReader(records, header);
    }

    private static void ThrowIfDamaged(RecordBatchError error, in RecordBatchHeader header)
    {
        if (!error.IsNone)
            throw new InvalidDataException($"The batch at offset {header.BaseOffset} cannot be read: {error.Message}");
    }
}
