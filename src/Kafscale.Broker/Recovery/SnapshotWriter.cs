using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Snapshots;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Recovery;

/// <summary>
/// Writes what only the metadata store knows into the bucket: soon after topics have changed, now and then while anything
/// else has, never while nothing has. The controller does it.
/// </summary>
internal sealed partial class SnapshotWriter(
    Func<bool> isController,
    ClusterState cluster,
    SnapshotSource source,
    IObjectStore objectStore,
    ObjectKeys objectKeys,
    MaintenanceOptions options,
    TimeProvider timeProvider,
    ILogger<SnapshotWriter> logger)
{
    // The one before the newest is kept, should the newest turn out to be damaged.
    private const int Kept = 2;

    /// <summary>Goes round until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long? writtenRevision = null;
        var writtenAt = timeProvider.GetTimestamp();
        while (true)
        {
            await Task.Delay(options.SnapshotDelay, timeProvider, cancellationToken);
            if (!isController())
            {
                continue;
            }

            try
            {
                writtenRevision ??= await FindNewestAsync(cancellationToken);
                var isDue = cluster.Revisions.Topics > writtenRevision
                    || (cluster.Revisions.Others > writtenRevision && timeProvider.GetElapsedTime(writtenAt) >= options.SnapshotInterval);
                if (isDue)
                {
                    writtenRevision = await WriteAsync(cancellationToken);
                    writtenAt = timeProvider.GetTimestamp();
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
    }

    /// <summary>Writes a snapshot of the metadata as they are now.</summary>
    /// <returns>The revision that it is of.</returns>
    public async Task<long> WriteAsync(CancellationToken cancellationToken)
    {
        var snapshot = await source.ReadAsync(cancellationToken);
        var bytes = snapshot.ToBytes();
        var key = objectKeys.Snapshot(snapshot.Incarnation, snapshot.Revision);
        await objectStore.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, cancellationToken);
        var all = new List<string>();
        await foreach (var found in objectStore.ListAsync(objectKeys.SnapshotPrefix, null, cancellationToken))
        {
            if (objectKeys.TryParseSnapshot(found.Key, out _, out _))
            {
                all.Add(found.Key);
            }
        }

        if (all.Count > Kept)
        {
            await objectStore.DeleteAsync([.. all.Take(Math.Min(all.Count - Kept, 1_000))], cancellationToken);
        }

        LogWritten(key, bytes.Length);
        return snapshot.Revision;
    }

    private async Task<long> FindNewestAsync(CancellationToken cancellationToken)
    {
        var newest = 0L;
        await foreach (var found in objectStore.ListAsync(objectKeys.SnapshotPrefix, null, cancellationToken))
        {
            if (objectKeys.TryParseSnapshot(found.Key, out var incarnation, out var revision) && incarnation == cluster.Incarnation)
            {
                newest = Math.Max(newest, revision);
            }
        }

        return newest;
    }

    [LoggerMessage(1731, LogLevel.Debug, "Wrote the metadata to {Key}, {Bytes} bytes.")]
    private partial void LogWritten(string key, int bytes);

    [LoggerMessage(1732, LogLevel.Error, "Writing the metadata to the bucket failed; trying again.")]
    private partial void LogFailed(Exception exception);
}
