using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>Moves the log start of partitions that this session leads (DeleteRecords, retention). Objects go later.</summary>
internal sealed class LogStart(PartitionRecordWriter records)
{
    /// <summary>Moves the log start forward; it never moves back.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="offset">At most the high watermark.</param>
    /// <param name="cancellationToken">Gives up; the move may still take effect.</param>
    public async Task<ErrorCode> MoveAsync(PartitionLog log, long offset, CancellationToken cancellationToken)
    {
        if (log.Appender is not { } appender)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        if (offset < 0 || offset > log.HighWatermark)
        {
            return ErrorCode.OffsetOutOfRange;
        }

        try
        {
            var moved = await records.UpdateAsync(
                log,
                appender.LeaderEpoch,
                record =>
                {
                    var isFurther = offset > record.LogStartOffset;
                    record.LogStartOffset = Math.Max(offset, record.LogStartOffset);
                    return isFurther;
                },
                cancellationToken);
            return moved ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
        }
        catch (SessionLostException)
        {
            return ErrorCode.NotLeaderOrFollower;
        }
    }
}
