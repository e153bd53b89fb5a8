using System.Buffers;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>Reads committed record batches of any partition, from the tail's WAL objects or from merged segments, through the caches.</summary>
internal sealed partial class PartitionReader(
    CachedObjectReader objects,
    IndexCache indexes,
    ManifestSource manifests,
    ReadAhead readAhead,
    ObjectKeys objectKeys,
    MetadataFollower follower,
    ILogger<PartitionReader> logger)
{
    // Enough to find a batch behind an index entry in one or two reads, small beside a load.
    private const int ScanBytes = 64 * 1024;

    // A partition that is merged while it is read is looked at again; each merge takes far longer than a look.
    private const int MaxLooks = 8;

    // So little behind the high watermark is read by consumers that keep up, should it not be in memory.
    private const long RecentBytes = 16L * 1024 * 1024;

    /// <summary>Reads whole batches, the first of which holds <paramref name="offset"/>.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="offset">From the log start up to the high watermark; at the high watermark there is nothing to read.</param>
    /// <param name="maxBytes">The most bytes to return.</param>
    /// <param name="atLeastOneBatch">Whether the first batch is returned also where it is larger than <paramref name="maxBytes"/> (KIP-74).</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public async ValueTask<FetchedRecords> ReadAsync(
        PartitionLog log, long offset, int maxBytes, bool atLeastOneBatch, CancellationToken cancellationToken)
    {
        var usesIndex = true;
        while (true)
        {
            var version = log.Record.Record.ManifestVersion;
            try
            {
                return await ReadOnceAsync(log, offset, maxBytes, atLeastOneBatch, usesIndex, cancellationToken);
            }
            catch (CorruptObjectException) when (usesIndex)
            {
                // Indexes have no checksum: a damaged one may have led to where no batch begins.
                usesIndex = false;
            }
            catch (ObjectNotFoundException)
            {
                // It was merged, and then deleted, while it was being read or before this broker, which was paused or cut off, heard of it.
                if (log.Record.Record.ManifestVersion == version)
                {
                    await follower.CatchUpAsync(cancellationToken);
                }

                if (log.Record.Record.ManifestVersion == version)
                {
                    throw;
                }
            }
        }
    }

    private async ValueTask<FetchedRecords> ReadOnceAsync(
        PartitionLog log, long offset, int maxBytes, bool atLeastOneBatch, bool usesIndex, CancellationToken cancellationToken)
    {
        var records = FetchedRecords.Rent();
        if (offset >= log.HighWatermark || (maxBytes <= 0 && !atLeastOneBatch))
        {
            return records;
        }

        var reader = readAhead.Take(log, offset);
        try
        {
            var ranges = records.Ranges;
            var manifest = await LocateAsync(ranges, log, offset, maxBytes, usesIndex ? reader?.Next : null, usesIndex, cancellationToken);

            // What is read ahead stays until it has been read to its end, however many others read beside. Where there is no room for that,
            // whatever is loaded beyond what is asked for would be gone before the reader comes to it.
            var isExact = reader is not null
                && !objects.ReadAhead(ranges[0].Region, ranges[0].Position, Math.Min(ranges[0].Region.End, ranges[0].Position + Math.Max(0, maxBytes)));
            if (await ReadFirstAsync(records, log, ranges[0], offset, maxBytes, atLeastOneBatch, isExact, cancellationToken))
            {
                for (var i = 1; i < ranges.Count && records.Length < maxBytes; i++)
                {
                    if (!await ReadNextAsync(records, log, ranges[i], (int)(maxBytes - records.Length), isExact, cancellationToken))
                    {
                        break;
                    }
                }
            }

            if (records.AreOlder)
            {
                readAhead.Advance(log, reader, records, manifest);
            }
            else if (records.Length == 0)
            {
                readAhead.GiveBack(log, reader);
            }

            return records;
        }
        catch
        {
            records.Dispose();
            readAhead.GiveBack(log, reader);
            throw;
        }
    }

    // Finds consecutive runs, the first of which begins with or before the batch that holds the offset; returns the manifest where that was
    // needed, which it is not in the tail. Whoever reads on knows where, and needs no index.
    private async ValueTask<Manifest?> LocateAsync(
        List<LogRange> ranges, PartitionLog log, long offset, int maxBytes, LogRange? known, bool usesIndex, CancellationToken cancellationToken)
    {
        for (var look = 0; look < MaxLooks; look++)
        {
            log.FindInTail(offset, maxBytes, ranges);
            if (ranges.Count > 0)
            {
                if (known is { } next && ranges[0].Holds(next))
                {
                    ranges[0] = next;
                }

                return null;
            }

            var manifest = await manifests.ReadAsync(log, cancellationToken);
            if (manifest?.FindSegment(offset) is { } segment)
            {
                ranges.Add(known is { } next && SegmentRange.Is(next, segment)
                    ? next
                    : await FindInSegmentAsync(log, segment, offset, usesIndex, cancellationToken));
                AddFollowing(ranges, log, manifest, maxBytes);
                return manifest;
            }
        }

        throw new InvalidOperationException($"{log.Id} has offset {offset} neither in its tail nor in a segment.");
    }

    // A run to the end of a segment, which begins with or before the batch that holds the offset.
    private async ValueTask<LogRange> FindInSegmentAsync(
        PartitionLog log, ManifestSegment segment, long offset, bool usesIndex, CancellationToken cancellationToken)
    {
        var whole = SegmentRange.Of(objectKeys, log.Id, segment);
        if (!usesIndex || offset <= segment.BaseOffset)
        {
            return whole;
        }

        var key = objectKeys.Index(log.Id.Topic, log.Id.Partition, segment.BaseOffset);
        try
        {
            var index = await indexes.GetAsync(key, segment.IndexBytes, cancellationToken);
            return whole with { Position = index.Find(offset).Position };
        }
        catch (Exception exception) when (exception is CorruptObjectException or UnsupportedVersionException or ObjectNotFoundException)
        {
            // It only saves time: the batches are found without it.
            LogWithoutIndex(exception, key);
            return whole;
        }
    }

    // Where segments are small, a fetch goes on through several.
    private void AddFollowing(List<LogRange> ranges, PartitionLog log, Manifest manifest, int maxBytes)
    {
        for (var bytes = (long)ranges[0].Length; bytes < maxBytes && manifest.FindSegment(ranges[^1].EndOffset) is { } next; bytes += ranges[^1].Length)
        {
            ranges.Add(SegmentRange.Of(objectKeys, log.Id, next));
        }
    }

    // Leaves the records empty, and returns false, where the first batch is too large and need not be returned.
    private async ValueTask<bool> ReadFirstAsync(
        FetchedRecords records,
        PartitionLog log,
        LogRange range,
        long offset,
        int maxBytes,
        bool atLeastOneBatch,
        bool isExact,
        CancellationToken cancellationToken)
    {
        var position = range.Position;
        var end = range.Region.End;
        while (true)
        {
            var scanned = (int)Math.Min(end - position, Math.Max(maxBytes, ScanBytes));
            if (scanned < RecordBatchHeader.Size)
            {
                throw new CorruptObjectException(range.Region.Key, position, $"The batches end at {end} without one that holds offset {offset}.");
            }

            var lease = await ReadAsync(log, range, position, scanned, isExact, cancellationToken);
            var skipped = SkipBefore(lease.Bytes, offset, out var firstOffset, out var batchLength);
            if (batchLength == 0)
            {
                lease.Dispose();
                if (skipped == 0)
                {
                    throw new CorruptObjectException(range.Region.Key, position, "A record batch was expected.");
                }

                position += skipped;
                continue;
            }

            if (firstOffset > offset)
            {
                lease.Dispose();
                throw new CorruptObjectException(
                    range.Region.Key, position + skipped, $"A batch begins at offset {firstOffset} where one with offset {offset} must be.");
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
                lease = await ReadAsync(log, range, start, length, isExact, cancellationToken);
                skipped = 0;
            }

            return Add(records, lease, lease.Bytes.Slice(skipped, length), range with { Position = start });
        }
    }

    private async ValueTask<bool> ReadNextAsync(
        FetchedRecords records, PartitionLog log, LogRange range, int maxBytes, bool isExact, CancellationToken cancellationToken)
    {
        var length = Math.Min(range.Length, maxBytes);
        var lease = await ReadAsync(log, range, range.Position, length, isExact, cancellationToken);
        return Add(records, lease, lease.Bytes, range);
    }

    private ValueTask<ObjectBytes> ReadAsync(
        PartitionLog log, in LogRange range, long position, int length, bool isExact, CancellationToken cancellationToken) =>
        objects.TryRead(range.Region, position, length, out var bytes)
            ? ValueTask.FromResult(bytes)
            : objects.ReadAsync(range.Region, position, length, KindOf(log, range, position), isExact, cancellationToken);

    private static ReadKind KindOf(PartitionLog log, in LogRange range, long position)
    {
        // A segment is recent where nothing but the tail is behind it.
        var isRecent = !range.IsMerged || range.EndOffset >= log.MergedThroughOffset;
        var bytesBehind = range.Region.End - position;
        return isRecent && bytesBehind + log.EstimateBytesFrom(range.EndOffset, RecentBytes) <= RecentBytes ? ReadKind.Tail : ReadKind.CatchUp;
    }

    // Adds the whole batches of what was read from the beginning of a range; true where that is all of it.
    private static bool Add(FetchedRecords records, ObjectBytes lease, in ReadOnlySequence<byte> bytes, in LogRange range)
    {
        if (!lease.IsFreshlyWritten)
        {
            return AddChecked(records, lease, bytes, range);
        }

        if (bytes.Length == range.Length)
        {
            records.Add(lease, bytes, range.EndOffset, next: null);
            return true;
        }

        var whole = WholeBatches(bytes, out var nextOffset);
        records.Add(lease, bytes.Slice(0, whole), nextOffset, range with { Position = range.Position + whole });
        return false;
    }

    // What lies before damaged batches is returned; who comes to them is told.
    private static bool AddChecked(FetchedRecords records, ObjectBytes lease, in ReadOnlySequence<byte> bytes, in LogRange range)
    {
        var right = StoredBatches.CheckedLength(bytes, out var nextOffset, out var problem);
        if (right == bytes.Length && bytes.Length == range.Length)
        {
            records.Add(lease, bytes, range.EndOffset, next: null);
            return true;
        }

        records.Add(lease, bytes.Slice(0, right), nextOffset, range with { Position = range.Position + right });
        if (bytes.Length == range.Length)
        {
            problem ??= "A record batch was expected.";
        }

        if (records.Length == 0 && problem is not null)
        {
            throw new CorruptObjectException(range.Region.Key, range.Position + right, problem);
        }

        return false;
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

    private static long WholeBatches(in ReadOnlySequence<byte> bytes, out long nextOffset)
    {
        var whole = 0L;
        nextOffset = 0;
        while (whole < bytes.Length
            && RecordBatchHeader.TryRead(bytes.Slice(whole), out var header)
            && whole + header.TotalLength <= bytes.Length)
        {
            whole += header.TotalLength;
            nextOffset = header.NextOffset;
        }

        return whole;
    }

    [LoggerMessage(1211, LogLevel.Warning, "The segment is searched from its beginning, because the index {Key} can not be read.")]
    private partial void LogWithoutIndex(Exception exception, string key);
}
