using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>Looks after the partitions that this session leads: merges what is due, applies retention, removes dead segments, forgets idle producers.</summary>
internal sealed partial class PartitionMaintenance(
    Leadership leadership,
    ClusterState cluster,
    SegmentMerger merger,
    SegmentRemover remover,
    LogRetention retention,
    LogStart logStart,
    MaintenanceOptions options,
    TimeProvider timeProvider,
    ILogger<PartitionMaintenance> logger)
{
    // Bounds what a trickle of records costs in metadata: every unmerged slice keeps its commit key.
    private const int MaxTailSlices = 10_000;

    /// <summary>Goes round until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var retainedAt = timeProvider.GetTimestamp();
        while (true)
        {
            await Task.Delay(options.Interval, timeProvider, cancellationToken);
            var isRetentionDue = timeProvider.GetElapsedTime(retainedAt) >= options.RetentionInterval;
            if (isRetentionDue)
            {
                retainedAt = timeProvider.GetTimestamp();
            }

            foreach (var appender in leadership.Appenders.ToList())
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
            appender.ExpireProducers((timeProvider.GetUtcNow() - options.ProducerExpiration).ToUnixTimeMilliseconds());
        }

        await remover.RemoveAsync(log, appender.LeaderEpoch, cancellationToken);
        while (IsMergeDue(log, topic)
            && await merger.MergeAsync(log, appender.LeaderEpoch, topic.Configuration.SegmentBytes, cancellationToken))
        {
        }
    }

    private bool IsMergeDue(PartitionLog log, Topic topic)
    {
        // Segments of a deleted topic of the same name would be in the way; they are removed first.
        if (log.TailStart is not { } oldest || cluster.HasDeletion(topic.Name))
        {
            return false;
        }

        return log.TailBytes >= topic.Configuration.SegmentBytes
            || log.TailCount >= MaxTailSlices
            || timeProvider.GetUtcNow().ToUnixTimeMilliseconds() - oldest.CreatedAtMs >= topic.Configuration.SegmentMs;
    }

    [LoggerMessage(1601, LogLevel.Error, "Looking after {Partition} failed; the next round tries again.")]
    private partial void LogFailed(Exception exception, TopicPartition partition);
}
