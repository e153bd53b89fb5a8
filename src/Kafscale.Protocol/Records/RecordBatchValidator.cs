using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Decides whether a batch from a producer may enter the log, with Kafka's answers where it may not
/// (LogValidator and ProduceRequest of Kafka 4).
/// </summary>
public static class RecordBatchValidator
{
    // Length, attributes, timestamp delta, offset delta, key length, value length, header count: a byte each.
    private const int SmallestRecordBytes = 7;

    /// <summary>
    /// Checks a batch by its header and checksum, without looking at the records. What it cannot see is a body that
    /// does not hold what the header says.
    /// </summary>
    /// <param name="batch">Exactly the bytes of one batch.</param>
    /// <param name="header">The header read from them.</param>
    /// <param name="limits">The topic's limits.</param>
    public static RecordBatchError Validate(
        in ReadOnlySequence<byte> batch, in RecordBatchHeader header, in RecordBatchLimits limits)
    {
        if (header.Magic != RecordBatchHeader.CurrentMagic)
            return RecordBatchError.Invalid($"Records must be in batches of magic 2, not {header.Magic}.");
        if (batch.Length != header.TotalLength || header.RecordsLength < 0)
            return RecordBatchError.Corrupt($"The batch has {batch.Length} bytes, but its length field says {header.TotalLength}.");
        if (header.TotalLength > limits.MaxBatchBytes)
        {
            return RecordBatchError.TooLarge(
                $"The batch has {header.TotalLength} bytes, more than the {limits.MaxBatchBytes} that the topic takes.");
        }

        uint crc = Crc32C.Compute(batch.Slice(RecordBatchHeader.CrcCoverageStart));
        if (crc != header.Crc)
            return RecordBatchError.Corrupt($"The batch has the checksum 0x{crc:X8}, but its header says 0x{header.Crc:X8}.");

        if (header.CompressionType > CompressionType.Zstd)
            return RecordBatchError.UnsupportedCompression(header.CompressionType);

        RecordBatchError error = ValidateCounts(header, limits);
        if (error.IsNone)
            error = ValidateProducer(header);
        return error.IsNone && header.TimestampType == TimestampType.LogAppendTime
            ? RecordBatchError.BadTimestamp("Producers must not set the timestamp type to LogAppendTime.")
            : error;
    }

    /// <summary>
    /// Checks that a batch which passed <see cref="Validate"/> holds what its header says, as every consumer will read it:
    /// it decompresses, has as many records as it says with offsets one after another, and nothing else.
    /// </summary>
    /// <param name="batch">Exactly the bytes of one batch.</param>
    /// <param name="header">The header read from them.</param>
    /// <param name="limits">The topic's limits.</param>
    /// <param name="scratch">Where the records are decompressed; may be used again for the next batch.</param>
    /// <param name="maxTimestamp">
    /// The largest timestamp of the records in milliseconds, or -1. Where a producer's header says otherwise, Kafka
    /// corrects the header: <see cref="RecordBatchHeader.StampTimestamp"/>.
    /// </param>
    public static RecordBatchError ValidateRecords(
        in ReadOnlySequence<byte> batch,
        in RecordBatchHeader header,
        in RecordBatchLimits limits,
        PooledBuffer scratch,
        out long maxTimestamp)
    {
        maxTimestamp = RecordBatchHeader.NoTimestamp;
        RecordBatchError error = RecordBatchBody.Read(
            batch, header, limits.MaxDecompressedBytes, scratch, out ReadOnlySpan<byte> body);
        if (!error.IsNone)
            return error;

        var records = new RecordReader(body, header);
        for (int offsetDelta = 0; records.TryRead(out Record record); offsetDelta++)
        {
            if (record.OffsetDelta != offsetDelta)
                return RecordBatchError.Invalid($"Record {offsetDelta} of the batch has the offset delta {record.OffsetDelta}.");
            if (limits.RequireKeys && record.IsKeyNull)
                return RecordBatchError.Invalid($"Record {offsetDelta} of the batch has no key, which compacted topics need.");
            maxTimestamp = Math.Max(maxTimestamp, record.Timestamp);
        }

        return records.Error;
    }

    private static RecordBatchError ValidateCounts(in RecordBatchHeader header, in RecordBatchLimits limits)
    {
        if (header.RecordCount <= 0)
            return RecordBatchError.Invalid($"The batch says it has {header.RecordCount} records.");
        if (header.LastOffsetDelta != header.RecordCount - 1)
        {
            return RecordBatchError.Invalid(
                $"The batch says it has {header.RecordCount} records, but a last offset delta of {header.LastOffsetDelta}.");
        }

        if (header.CompressionType == CompressionType.None
            && header.RecordCount > header.RecordsLength / SmallestRecordBytes)
        {
            return RecordBatchError.Invalid(
                $"The batch says it has {header.RecordCount} records, more than fit into its {header.RecordsLength} bytes.");
        }

        // What a compressed batch says can not be seen without unpacking it, but there is a bound to what may come out.
        if (header.RecordCount > limits.MaxDecompressedBytes / SmallestRecordBytes)
            return RecordBatchError.Invalid($"The batch says it has {header.RecordCount} records, more than it may unpack to.");

        return header.RecordsLength == 0 ? RecordBatchError.Invalid("The batch has no records.") : RecordBatchError.None;
    }

    // Without a producer id, epoch and sequence are not looked at: there are clients that leave them at 0 instead of -1.
    private static RecordBatchError ValidateProducer(in RecordBatchHeader header)
    {
        if (header.IsControl)
            return RecordBatchError.Invalid("Clients are not allowed to write control records.");
        if (header.ProducerId < RecordBatchHeader.NoProducerId)
            return RecordBatchError.Invalid($"There is no producer id {header.ProducerId}.");
        if (!header.HasProducerId)
        {
            return header.IsTransactional
                ? RecordBatchError.Invalid("A transactional batch needs a producer id.")
                : RecordBatchError.None;
        }

        if (header.ProducerEpoch < 0)
            return RecordBatchError.Invalid($"A batch with a producer id needs a producer epoch, not {header.ProducerEpoch}.");
        return header.BaseSequence < 0
            ? RecordBatchError.Invalid($"A batch with a producer id needs a sequence number, not {header.BaseSequence}.")
            : RecordBatchError.None;
    }
}
