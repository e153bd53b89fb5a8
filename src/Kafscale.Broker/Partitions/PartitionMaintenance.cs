using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Health;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>Looks after the partitions that this session leads: merges what is due, applies retention, removes dead segments, forgets idle producers.</summary>
internal sealed partial class PartitionMaintenance(
    Leadership leadership,
    ClusterState cluster,
    MergeScheduler merging,
    SegmentRemover remover,
    LogRetention retention,
    LogStart logStart,
    ProducerExpiration producerExpiration,
    IObjectStoreHealth objectStoreHealth,
    MaintenanceOptions options,
    TimeProvider timeProvider,
    ILogger<PartitionMaintenance> logger)
{
    /// <summary>Goes round until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var retainedAt = timeProvider.GetTimestamp();
        var isMoreDue = false;
        while (true)
        {
            // Where records come faster than they are merged there is always more, and retention must not wait for the end of it.
            await Task.Delay(isMoreDue ? TimeSpan.Zero : options.Interval, timeProvider, cancellationToken);
            if (!objectStoreHealth.Status.IsHealthy)
            {
                // All of this can wait, and would only add to the trouble.
                isMoreDue = false;
                continue;
            }

            var isRetentionDue = timeProvider.GetElapsedTime(retainedAt) >= options.RetentionInterval;
            if (isRetentionDue)
            {
                retainedAt = timeProvider.GetTimestamp();
                ForgetRefused();
            }

            var appenders = leadership.Appenders.ToList();
            foreach (var appender in appenders)
            {
                try
                {
                    await MaintainAsync(appender, isRetentionDue, cancellationToken);
                }
                catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
                {
                    // One partition's trouble must not keep the others from being looked after; the next round tries again.
                    LogFailed(exception, appender.Log.Id);
                }
            }

            isMoreDue = await merging.MergeDueAsync(appenders, cancellationToken);
        }
    }

    private async Task MaintainAsync(PartitionAppender appender, bool isRetentionDue, CancellationToken cancellationToken)
    {
        var log = appender.Log;
        if (!cluster.TryGetTopic(log.Id.TopicId, out var topic))
        {
            return;
        }

        if (isRetentionDue)
        {
            var offset = await retention.FindLogStartAsync(log, topic.Configuration, cancellationToken);
            await logStart.MoveAsync(log, offset, cancellationToken);
            appender.ExpireProducers(producerExpiration.OldestMs);
        }

        await remover.RemoveAsync(log, appender.LeaderEpoch, cancellationToken);
    }

    // Of partitions that this session does not lead, too: it may never do so again.
    private void ForgetRefused()
    {
        var oldestMs = producerExpiration.OldestMs;
        foreach (var log in cluster.Partitions)
        {
            log.ForgetRefused(oldestMs);
        }
    }

    [LoggerMessage(1601, LogLevel.Error, "Looking after {Partition} failed; the next round tries again.")]
    private partial void LogFailed(Exception exception, TopicPartition partition);
}
