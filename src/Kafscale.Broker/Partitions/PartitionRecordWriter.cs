using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Partitions;

/// <summary>Changes the metadata record of partitions that this session leads.</summary>
internal sealed class PartitionRecordWriter(BrokerSession session, MetadataKeys keys, RetryBackoff backoff)
{
    /// <summary>Changes a record against the version that is known, again where somebody else changed it in between.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="leaderEpoch">The epoch in which the caller leads it.</param>
    /// <param name="change">Changes a copy of the record; false: there is nothing to change.</param>
    /// <param name="cancellationToken">Gives up; the change may still take effect.</param>
    /// <returns>False where the partition is no longer led in that epoch, or was deleted.</returns>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    public async Task<bool> UpdateAsync(PartitionLog log, int leaderEpoch, Func<PartitionRecord, bool> change, CancellationToken cancellationToken)
    {
        var key = keys.Partition(log.Id.TopicId, log.Id.Partition);
        for (var attempt = 0; ; attempt++)
        {
            var (record, revision) = log.Record;
            if (record.LeaderEpoch != leaderEpoch || record.LeaderSession != session.Number)
            {
                return false;
            }

            var changed = record.Clone();
            if (!change(changed))
            {
                return true;
            }

            try
            {
                var result = await session.CommitFencedAsync(
                    [Comparison.ModRevision(key, revision)], [new Operation.Put(key, changed.ToByteArray())], cancellationToken);
                if (result is not null)
                {
                    log.Apply(changed, result.Revision);
                    return true;
                }
            }
            catch (MetadataUnavailableException)
            {
                // It may have taken effect; the metadata stream tells, and the next attempt compares.
            }

            if (log.IsRemoved)
            {
                return false;
            }

            await backoff.WaitAsync(attempt, cancellationToken);
        }
    }
}
