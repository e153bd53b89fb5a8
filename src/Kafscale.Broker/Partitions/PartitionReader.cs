using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Segments;
using Kafscale.Storage;

namespace Kafscale.Broker.Partitions;

/// <summary>Reads committed record batches of any partition, from the tail's WAL objects or from merged segments, through the caches.</summary>
internal sealed class PartitionReader(CachedObjectReader objects, IndexCache indexes, ManifestSource manifests, ObjectKeys objectKeys)
{
    // Enough to find a batch behind an index entry in one or two reads, small beside a cache block.
    private const int ScanBytes = 64 * 1024;

    // A partition that is merged while it is read is looked at again; each merge takes far longer than a look.
    private const int MaxLooks = 8;

    /// <summary>Reads whole batches, the first of which holds <paramref name="offset"/>.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="offset">From the log start up to the high watermark; at the high watermark there is nothing to read.</param>
    /// <param name="maxBytes">The most bytes to return.</param>
    /// <param name="atLeastOneBatch">Whether the first batch is returned also where it is larger than <paramref name="maxBytes"/> (KIP-74).</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public async ValueTask<FetchedRecords> ReadAsync(
        PartitionLog log, long offset, int maxBytes, bool atLeastOneBatch, CancellationToken cancellationToken)
    {
        var records = new FetchedRecords();
        if (offset >= log.HighWatermark || (maxBytes <= 0 && !atLeastOneBatch))
        {
            return records;
        }

        try
        {
            var ranges = await LocateAsync(log, offset, maxBytes, cancellationToken);
            if (await ReadFirstAsync(records, ranges[0], offset, maxBytes, atLeastOneBatch, cancellationToken))
            {
                for (var i = 1; i < ranges.Count && records.Length < maxBytes; i++)
                {
                    if (!await ReadNextAsync(records, ranges[i], (int)(maxBytes - records.Length), cancellationToken))
                    {
                        break;
                    }
                }
            }

            return records;
        }
        catch
        {
            records.Dispose();
            throw;
        }
    }

    private async ValueTask<List<LogRange>> LocateAsync(PartitionLog log, long offset, int maxBytes, CancellationToken cancellationToken)
    {
        var ranges = new List<LogRange>();
        for (var look = 0; look < MaxLooks; look++)
        {
            log.FindInTail(offset, maxBytes, ranges);
            if (ranges.Count > 0)
            {
                return ranges;
            }

            var manifest = await manifests.ReadAsync(log, cancellationToken);
            if (manifest?.FindSegment(offset) is { } segment)
            {
                var key = objectKeys.Segment(log.Id.Topic, log.Id.Partition, segment.BaseOffset);
                var index = await indexes.GetAsync(objectKeys.Index(log.Id.Topic, log.Id.Partition, segment.BaseOffset), segment.IndexBytes, cancellationToken);
                var position = index.Find(offset).Position;
                var length = segment.SegmentBytes - SegmentFormat.FooterLength - position;
                ranges.Add(new LogRange(key, segment.SegmentBytes, position, (int)length, segment.EndOffset));
                return ranges;
            }
        }

        throw new InvalidOperationException($"{log.Id} has offset {offset} neither in its tail nor in a segment.");
    }

    // Leaves the records empty, and returns false, where the first batch is too large and need not be returned.
    private async ValueTask<bool> ReadFirstAsync(
        FetchedRecords records, LogRange range, long offset, int maxBytes, bool atLeastOneBatch, CancellationToken cancellationToken)
    {
        var position = range.Position;
        var end = range.Position + range.Length;
        while (true)
        {
            var scanned = (int)Math.Min(end - position, Math.Max(maxBytes, ScanBytes));
            if (scanned < RecordBatchHeader.Size)
            {
                throw new CorruptObjectException(range.ObjectKey, position, $"The batches end at {end} without one that holds offset {offset}.");
            }

            var lease = await objects.ReadAsync(range.ObjectKey, range.ObjectLength, position, scanned, cancellationToken);
            var skipped = SkipBefore(lease.Bytes, offset, out var firstOffset, out var batchLength);
            if (batchLength == 0)
            {
                lease.Dispose();
                if (skipped == 0)
                {
                    throw new CorruptObjectException(range.ObjectKey, position, "A record batch was expected.");
                }

                position += skipped;
                continue;
            }

            if (firstOffset > offset)
            {
                lease.Dispose();
                throw new CorruptObjectException(range.ObjectKey, position + skipped, $"A batch begins at offset {firstOffset} where one with offset {offset} must be.");
            }

            if (batchLength > maxBytes && !atLeastOneBatch)
            {
                lease.Dispose();
                return false;
            }

            var start = position + skipped;
            var length = (int)Math.Min(end - start, Math.Max(maxBytes, batchLength));
            if (skipped + length > scanned)
            {
                lease.Dispose();
                lease = await objects.ReadAsync(range.ObjectKey, range.ObjectLength, start, length, cancellationToken);
                skipped = 0;
            }

            var bytes = lease.Bytes.Slice(skipped, length);
            var isWhole = start + length == end;
            records.Add(lease, isWhole ? bytes : bytes.Slice(0, WholeBatches(bytes)));
            return isWhole;
        }
    }

    private async ValueTask<bool> ReadNextAsync(FetchedRecords records, LogRange range, int maxBytes, CancellationToken cancellationToken)
    {
        var length = Math.Min(range.Length, maxBytes);
        var lease = await objects.ReadAsync(range.ObjectKey, range.ObjectLength, range.Position, length, cancellationToken);
        var isWhole = length == range.Length;
        records.Add(lease, isWhole ? lease.Bytes : lease.Bytes.Slice(0, WholeBatches(lease.Bytes)));
        return isWhole;
    }

    // How many bytes lie before the batch that holds the offset, and how long that one is; 0 where it lies further on.
    private static long SkipBefore(in ReadOnlySequence<byte> bytes, long offset, out long firstOffset, out int batchLength)
    {
        firstOffset = offset;
        var skipped = 0L;
        while (skipped < bytes.Length && RecordBatchHeader.TryRead(bytes.Slice(skipped), out var header))
        {
            if (header.LastOffset >= offset)
            {
                firstOffset = header.BaseOffset;
                batchLength = header.TotalLength;
                return skipped;
            }

            skipped += header.TotalLength;
        }

        batchLength = 0;
        return skipped;
    }

    private static long WholeBatches(in ReadOnlySequence<byte> bytes)
    {
        var whole = 0L;
        while (whole < bytes.Length
            && RecordBatchHeader.TryRead(bytes.Slice(whole), out var header)
            && whole + header.TotalLength <= bytes.Length)
        {
            whole += header.TotalLength;
        }

        return whole;
    }
}
