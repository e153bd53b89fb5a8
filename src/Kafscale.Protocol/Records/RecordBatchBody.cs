using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>Gets at the records of a batch in the one form in which they can be walked: decompressed and in one piece.</summary>
public static class RecordBatchBody
{
    /// <summary>
    /// Gives the decompressed records: a part of <paramref name="batch"/> itself where they are uncompressed and in one
    /// piece, else a part of <paramref name="buffer"/>, whose earlier content is forgotten.
    /// </summary>
    /// <param name="batch">Exactly the bytes of one batch.</param>
    /// <param name="header">The header read from them.</param>
    /// <param name="maxLength">Most bytes that may come out of decompression.</param>
    /// <param name="buffer">Must live as long as <paramref name="records"/>.</param>
    /// <param name="records">What <see cref="RecordReader"/> takes.</param>
    /// <returns>As <see cref="CompressionCodec.Decompress(CompressionType, in ReadOnlySequence{byte}, int, PooledBuffer)"/>.</returns>
    public static RecordBatchError Read(
        scoped in ReadOnlySequence<byte> batch,
        scoped in RecordBatchHeader header,
        int maxLength,
        PooledBuffer buffer,
        out ReadOnlySpan<byte> records)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ReadOnlySequence<byte> body = batch.Slice(RecordBatchHeader.Size);
        if (header.CompressionType == CompressionType.None && body.IsSingleSegment)
        {
            records = body.FirstSpan;
            return RecordBatchError.None;
        }

        buffer.Clear();
        // What is not compressed is already there; the limit is for what grows.
        int limit = header.CompressionType == CompressionType.None ? int.MaxValue : maxLength;
        RecordBatchError error = CompressionCodec.Decompress(header.CompressionType, body, limit, buffer);
        records = error.IsNone ? buffer.WrittenSpan : default;
        return error;
    }
}
