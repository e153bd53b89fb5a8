using System.Buffers;
using System.Text;
using Kafscale.Cli.Records;
using Kafscale.Cli.Rendering;
using Kafscale.Clients.Records;
using Kafscale.Protocol.Records;
using Kafscale.Storage;

namespace Kafscale.Cli.Inspection;

/// <summary>The record batches of an object, and their records.</summary>
internal sealed class BatchTables
{
    private const int MaxDecompressedBytes = 1 << 30;
    private const int MaxShownLength = 60;

    private readonly Table _batches = new(
        "TOPIC", "PARTITION", "BASE-OFFSET", "LAST-OFFSET", "RECORDS", "BYTES", "COMPRESSION", "EPOCH", "PRODUCER", "SEQUENCE", "MAX-TIME");

    private readonly Table _records = new("TOPIC", "PARTITION", "OFFSET", "TIME", "KEY", "VALUE", "VALUE-BYTES", "HEADERS");

    /// <summary>Adds batches.</summary>
    /// <param name="name">The object's key, for messages.</param>
    /// <param name="topic">Whose they are; empty where the object does not say.</param>
    /// <param name="partition">Null where the object does not say.</param>
    /// <param name="batches">Batches back to back, which have been checked.</param>
    /// <param name="withRecords">Whether their records are read, too.</param>
    /// <exception cref="CorruptObjectException">Records cannot be read.</exception>
    public void Add(string name, string topic, int? partition, ReadOnlySequence<byte> batches, bool withRecords)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out var batch))
        {
            _batches.Add(
                topic,
                partition,
                header.BaseOffset,
                header.BaseOffset + header.LastOffsetDelta,
                header.RecordCount,
                header.TotalLength,
                header.CompressionType.ToString().ToLowerInvariant(),
                header.PartitionLeaderEpoch,
                header.ProducerId == RecordBatchHeader.NoProducerId ? null : header.ProducerId,
                header.ProducerId == RecordBatchHeader.NoProducerId ? null : header.BaseSequence,
                Time(header.MaxTimestamp));
            if (withRecords)
            {
                AddRecords(name, topic, partition, header, batch);
            }
        }
    }

    /// <summary>Adds to a report what of it is wanted.</summary>
    public Report AddTo(Report report, bool withBatches, bool withRecords)
    {
        if (withBatches)
        {
            report.Add("batches", _batches);
        }

        return withRecords ? report.Add("records", _records) : report;
    }

    private void AddRecords(string name, string topic, int? partition, RecordBatchHeader header, ReadOnlySequence<byte> batch)
    {
        using var buffer = new PooledBuffer();
        var error = RecordBatchBody.Read(batch, header, MaxDecompressedBytes, buffer, out var bytes);
        var reader = new RecordReader(bytes, header);
        while (error.IsNone && reader.TryRead(out var record))
        {
            _records.Add(
                topic,
                partition,
                record.Offset,
                Time(record.Timestamp),
                record.IsKeyNull ? null : Shown(record.Key),
                record.IsValueNull ? null : Shown(record.Value),
                record.IsValueNull ? null : record.Value.Length,
                Headers(record));
        }

        error = error.IsNone ? reader.Error : error;
        if (!error.IsNone)
        {
            throw new CorruptObjectException(name, 0, $"The records of the batch at offset {header.BaseOffset} cannot be read: {error.Message}");
        }
    }

    private static List<string> Headers(Record record)
    {
        var headers = new List<string>();
        var reader = record.Headers;
        while (reader.TryRead(out var key, out var value, out var isValueNull))
        {
            headers.Add($"{Shown(key)}={(isValueNull ? "" : Shown(value))}");
        }

        return headers;
    }

    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        var text = BytesText.IsText(bytes) ? Encoding.UTF8.GetString(bytes) : "0x" + Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, MaxShownLength)]);
        return text.Length <= MaxShownLength ? text : text[..MaxShownLength] + "...";
    }

    private static DateTimeOffset? Time(long unixMs) => unixMs < 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
}
