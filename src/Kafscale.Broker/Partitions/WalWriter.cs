using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>Writes one flush: the WAL object to the object store, then the commit to the metadata store under the session's fence.</summary>
internal sealed partial class WalWriter(
    IObjectStore objectStore,
    CachedObjectReader cache,
    ObjectKeys objectKeys,
    MetadataKeys metadataKeys,
    BrokerSession session,
    ClusterState cluster,
    RetryBackoff backoff,
    FlushMetrics metrics,
    TimeProvider timeProvider,
    ILogger<WalWriter> logger)
{
    private long _committedThrough = -1;

    /// <summary>The last commit of this session that is known to have been applied, and is not tried again; -1: none.</summary>
    public long CommittedThrough => Volatile.Read(ref _committedThrough);

    /// <summary>Uploads a flush, again and again under the same key with the same bytes until it succeeds or is cancelled.</summary>
    /// <returns>What to commit.</returns>
    public async Task<CommitRecord> UploadAsync(long sequence, Flush flush, CancellationToken cancellationToken)
    {
        var createdAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var walObject = WalObjectWriter.Write(session.Number, sequence, createdAtMs, [.. flush.Slices.Select(ToWalSlice)]);
        var key = objectKeys.Wal(session.Number, sequence);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await objectStore.PutAsync(key, walObject.Body, PutCondition.None, cancellationToken);
                break;
            }
            catch (Exception exception) when (exception is not ArgumentException)
            {
                LogUploadRetried(exception, key, attempt + 1);
                await backoff.WaitAsync(attempt, cancellationToken);
            }
        }

        flush.Times.UploadedAt = timeProvider.GetTimestamp();
        cache.Insert(key, walObject.Body, flush);
        return CommitRecords.Create(walObject.Body.Length, createdAtMs, walObject.Directory);
    }

    /// <summary>Makes an uploaded flush count, and tells the partitions.</summary>
    /// <exception cref="SessionLostException">The session has ended: the flush does not count.</exception>
    public async Task CommitAsync(long sequence, Flush flush, CommitRecord commit, CancellationToken cancellationToken)
    {
        var key = metadataKeys.Commit(session.Number, sequence);
        var value = commit.ToByteArray();
        if (PlantedDefects.HighWatermarkBeforeCommit)
        {
            cluster.ApplyOwnCommit(session.Number, sequence, commit, flush.Slices);
        }

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // The key is unique, so where it exists an earlier attempt of ours, whose answer was lost, has written it.
                await session.CommitFencedAsync([Comparison.Missing(key)], [new Operation.Put(key, value)], cancellationToken);
                break;
            }
            catch (Exception exception) when (exception is not (SessionLostException or ArgumentException))
            {
                LogCommitRetried(exception, key, attempt + 1);
                await backoff.WaitAsync(attempt, cancellationToken);
            }
        }

        flush.Times.CommittedAt = timeProvider.GetTimestamp();
        metrics.OnCommitted(flush);
        cluster.ApplyOwnCommit(session.Number, sequence, commit, flush.Slices);
        Volatile.Write(ref _committedThrough, sequence);
        foreach (var slice in flush.Slices)
        {
            slice.Appender.OnCommitted(slice);
        }
    }

    private static WalSlice ToWalSlice(SliceBuilder slice)
    {
        var log = slice.Appender.Log.Id;
        return new WalSlice
        {
            TopicId = log.TopicId,
            TopicName = log.Topic,
            Partition = log.Partition,
            LeaderEpoch = slice.Appender.LeaderEpoch,
            BaseOffset = slice.BaseOffset,
            RecordCount = slice.RecordCount,
            Batches = slice.ToSequence(),
            BatchesCrc = slice.Crc,
            MaxTimestampMs = slice.MaxTimestampMs,
            ProducerBatches = slice.ProducerBatches,
        };
    }

    [LoggerMessage(1003, LogLevel.Warning, "Writing {Key} failed at attempt {Attempt}; trying again.")]
    private partial void LogUploadRetried(Exception exception, string key, int attempt);

    [LoggerMessage(1004, LogLevel.Warning, "The outcome of committing {Key} is unknown after attempt {Attempt}; trying again.")]
    private partial void LogCommitRetried(Exception exception, string key, int attempt);
}
