using Kafscale.Protocol.Records;
using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>Finds offsets by time and by leader epoch (ListOffsets, OffsetForLeaderEpoch).</summary>
internal sealed class OffsetLookup(PartitionReader reader, ManifestSource manifests)
{
    private const int ReadBytes = 1024 * 1024;

    // A few kilobytes may stand for gigabytes, and nobody has unpacked the batch before. As much as a batch that is not
    // compressed may have by default.
    private const int MaxDecompressedBytes = 20 * 1024 * 1024;

    /// <summary>The first record with at least the given timestamp, or <see langword="null"/> where there is none.</summary>
    public async ValueTask<OffsetAndTimestamp?> FindByTimestampAsync(PartitionLog log, long timestampMs, CancellationToken cancellationToken)
    {
        var logStartOffset = log.LogStartOffset;
        foreach (var run in await ListRunsAsync(log, cancellationToken))
        {
            if (run.MaxTimestampMs < timestampMs)
            {
                continue;
            }

            var found = await FindAsync(
                log,
                run,
                (in RecordBatchView batch) => batch.Header.MaxTimestamp < timestampMs
                    ? null
                    : FindOffset(batch, timestampMs, logStartOffset),
                cancellationToken);
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The first of the records with the largest timestamp (KIP-734), or <see langword="null"/> where there is no record.</summary>
    public async ValueTask<OffsetAndTimestamp?> FindMaxTimestampAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        var logStartOffset = log.LogStartOffset;
        OffsetAndTimestamp? largest = null;
        foreach (var run in (await ListRunsAsync(log, cancellationToken)).OrderByDescending(run => run.MaxTimestampMs))
        {
            if (largest?.Timestamp >= run.MaxTimestampMs)
            {
                break;
            }

            var found = await FindFirstReachingAsync(log, run, logStartOffset, cancellationToken)
                ?? await FindLargestAsync(log, run, logStartOffset, cancellationToken);
            if (found is not null && !(largest?.Timestamp >= found.Value.Timestamp))
            {
                largest = found;
            }
        }

        return largest;
    }

    /// <summary>
    /// The largest epoch up to the one asked for, and where the epoch after it begins (KIP-101, KIP-320); where the records of
    /// such epochs are all gone, the epoch asked for and where the oldest later one begins; -1 for an epoch that is yet to come.
    /// </summary>
    public async ValueTask<(int Epoch, long EndOffset)> FindEpochEndAsync(PartitionLog log, int epoch, CancellationToken cancellationToken)
    {
        if (epoch == log.LeaderEpoch)
        {
            return (epoch, log.HighWatermark);
        }

        if (epoch < 0 || epoch > log.LeaderEpoch)
        {
            return (-1, -1);
        }

        // The present epoch, where it has no records yet, begins at the high watermark.
        var highWatermark = log.HighWatermark;
        var found = epoch;
        foreach (var start in await ListEpochsAsync(log, cancellationToken))
        {
            if (start.Epoch > epoch)
            {
                return (found, start.StartOffset);
            }

            found = start.Epoch;
        }

        return (found, highWatermark);
    }

    private delegate OffsetAndTimestamp? BatchQuery(in RecordBatchView batch);

    private static OffsetAndTimestamp? FindOffset(in RecordBatchView batch, long timestampMs, long logStartOffset)
    {
        try
        {
            return RecordBatchLookup.FindOffsetByTimestamp(batch.Bytes, batch.Header, timestampMs, logStartOffset, MaxDecompressedBytes);
        }
        catch (InvalidDataException)
        {
            return WholeBatch(batch, logStartOffset);
        }
    }

    private static OffsetAndTimestamp? FindMaxTimestamp(in RecordBatchView batch, long logStartOffset)
    {
        try
        {
            return RecordBatchLookup.FindMaxTimestamp(batch.Bytes, batch.Header, logStartOffset, MaxDecompressedBytes);
        }
        catch (InvalidDataException)
        {
            return WholeBatch(batch, logStartOffset);
        }
    }

    // What one producer has written in a form that can not be read, or only with too much memory, must not take the lookup
    // from the partition's other users: they begin at the batch, not at the record in it.
    private static OffsetAndTimestamp WholeBatch(in RecordBatchView batch, long logStartOffset) =>
        new(Math.Max(batch.Header.BaseOffset, logStartOffset), batch.Header.MaxTimestamp);

    // The first record with the run's own largest timestamp; null where that record is gone, before the log start.
    private async ValueTask<OffsetAndTimestamp?> FindFirstReachingAsync(PartitionLog log, LogRun run, long logStartOffset, CancellationToken cancellationToken)
    {
        var found = await FindAsync(
            log,
            run,
            (in RecordBatchView batch) => batch.Header.MaxTimestamp < run.MaxTimestampMs ? null : FindMaxTimestamp(batch, logStartOffset),
            cancellationToken);
        return found?.Timestamp >= run.MaxTimestampMs ? found : null;
    }

    // By reading all of it.
    private async ValueTask<OffsetAndTimestamp?> FindLargestAsync(PartitionLog log, LogRun run, long logStartOffset, CancellationToken cancellationToken)
    {
        OffsetAndTimestamp? largest = null;
        await FindAsync(
            log,
            run,
            (in RecordBatchView batch) =>
            {
                if (!(largest?.Timestamp >= batch.Header.MaxTimestamp)
                    && FindMaxTimestamp(batch, logStartOffset) is { } found
                    && !(largest?.Timestamp >= found.Timestamp))
                {
                    largest = found;
                }

                return null;
            },
            cancellationToken);
        return largest;
    }

    private async ValueTask<OffsetAndTimestamp?> FindAsync(PartitionLog log, LogRun run, BatchQuery query, CancellationToken cancellationToken)
    {
        var offset = run.BaseOffset;
        while (offset < run.EndOffset)
        {
            using var records = await reader.ReadAsync(log, offset, ReadBytes, atLeastOneBatch: true, cancellationToken);
            var batches = new RecordBatchReader(records.ToSequence());
            var read = offset;
            while (batches.TryRead(out var header, out var bytes))
            {
                if (query(new RecordBatchView(header, bytes)) is { } found)
                {
                    return found;
                }

                read = header.NextOffset;
            }

            if (read == offset)
            {
                break;
            }

            offset = read;
        }

        return null;
    }

    // Segments and slices alike, oldest first, from the log start on.
    private async ValueTask<IReadOnlyList<LogRun>> ListRunsAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        // The tail first: what is merged meanwhile is seen twice rather than not at all.
        var tail = log.Tail;
        var manifest = await manifests.ReadAsync(log, cancellationToken);
        var logStartOffset = log.LogStartOffset;
        var runs = new List<LogRun>();
        foreach (var segment in manifest?.Segments ?? [])
        {
            if (segment.EndOffset > logStartOffset)
            {
                runs.Add(new LogRun(Math.Max(segment.BaseOffset, logStartOffset), segment.EndOffset, segment.MaxTimestampMs));
            }
        }

        foreach (var slice in tail)
        {
            if (slice.EndOffset > logStartOffset)
            {
                runs.Add(new LogRun(Math.Max(slice.BaseOffset, logStartOffset), slice.EndOffset, slice.MaxTimestampMs));
            }
        }

        return runs;
    }

    private async ValueTask<IReadOnlyList<LeaderEpochStart>> ListEpochsAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        var tail = log.Tail;
        var manifest = await manifests.ReadAsync(log, cancellationToken);
        var epochs = new List<LeaderEpochStart>(manifest?.LeaderEpochs ?? []);
        foreach (var slice in tail)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch < slice.LeaderEpoch)
            {
                epochs.Add(new LeaderEpochStart(slice.LeaderEpoch, slice.BaseOffset));
            }
        }

        return epochs;
    }

    private readonly record struct LogRun(long BaseOffset, long EndOffset, long MaxTimestampMs);
}
