using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>Says of a partition that a client wants to read whether it can be read here, and how much of it.</summary>
/// <param name="brokerId">This broker.</param>
/// <param name="cluster">Has the partitions.</param>
/// <param name="hasSession">Whether this broker certainly hears of everything that is committed.</param>
/// <param name="news">Asks whether there is more.</param>
internal sealed class PartitionReadCheck(int brokerId, ClusterState cluster, Func<bool> hasSession, NewsOfCommits news)
{
    /// <summary>Finds the partition of a read as it is now, with what is wrong with it, or how much there is.</summary>
    public void Apply(PartitionRead read)
    {
        var partition = read.Partition;
        var isById = partition.Key.TopicId != Guid.Empty;
        read.AvailableBytes = 0;
        var found = isById
            ? cluster.TryGetPartition(partition.Key.TopicId, partition.Key.Partition, out var log)
            : cluster.TryGetPartition(partition.Key.Topic, partition.Key.Partition, out log);
        read.Log = log;
        if (!found)
        {
            read.Error = isById && !cluster.TryGetTopic(partition.Key.TopicId, out _) ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            return;
        }

        read.Error = LeaderEpochs.CheckForReading(log!, partition.CurrentLeaderEpoch, brokerId);
        read.HighWatermark = log!.HighWatermark;
        read.LogStartOffset = log.LogStartOffset;
        read.NotHeardOf = ErrorCode.None;
        read.PreferredReadReplica = PreferredReadReplicas.None;
        var leader = log.Appender is { IsLeading: true } appender ? appender : null;
        if (leader is null)
        {
            CheckAsFollower(read);
        }
        else if (partition.FetchOffset > read.HighWatermark && partition.FetchOffset <= leader.NextOffset)
        {
            // Others hear of a commit from the metadata store, and may have before the leader has its answer.
            read.NotHeardOf = ErrorCode.OffsetNotAvailable;
        }

        if (read.Error != ErrorCode.None || read.NotHeardOf != ErrorCode.None)
        {
            return;
        }

        if (partition.FetchOffset < read.LogStartOffset || partition.FetchOffset > read.HighWatermark)
        {
            read.Error = ErrorCode.OffsetOutOfRange;
        }
        else if (leader is not null && read.ReadersElsewhere is { } elsewhere)
        {
            read.PreferredReadReplica = PreferredReadReplicas.Choose(elsewhere, log.Id);
        }
        else
        {
            read.AvailableBytes = log.EstimateBytesFrom(partition.FetchOffset, partition.MaxBytes);
        }
    }

    /// <summary>
    /// Makes certain of what would be out of range behind the end, because a consumer that is told so begins elsewhere: a leader whose session
    /// has ended without its knowledge must not tell it of what the next one has committed.
    /// </summary>
    public async Task ConfirmOutOfRangeAsync(List<PartitionRead> reads, CancellationToken cancellationToken)
    {
        if (!reads.Exists(IsBehindTheEnd))
        {
            return;
        }

        var isCertain = await news.TryCatchUpAsync(cancellationToken);
        foreach (var read in reads.FindAll(IsBehindTheEnd))
        {
            if (isCertain)
            {
                Apply(read);
            }
            else
            {
                read.Error = ErrorCode.OffsetNotAvailable;
            }
        }
    }

    private static bool IsBehindTheEnd(PartitionRead read) =>
        read.Error == ErrorCode.OffsetOutOfRange && read.Partition.FetchOffset > read.HighWatermark;

    // The metadata stream is a moment behind: what the client has heard of elsewhere may be there any moment, and is no error before the
    // wait is over. Without a session it may be far behind: what is there is right, but nobody should wait here for more.
    private void CheckAsFollower(PartitionRead read)
    {
        var offset = read.Partition.FetchOffset;
        if (read.Error == ErrorCode.None && offset >= read.HighWatermark && !hasSession())
        {
            read.Error = ErrorCode.NotLeaderOrFollower;
        }
        else if (read.Error == ErrorCode.None && offset > read.HighWatermark)
        {
            read.NotHeardOf = ErrorCode.OffsetNotAvailable;
        }
        else if (read.Error == ErrorCode.UnknownLeaderEpoch)
        {
            read.NotHeardOf = read.Error;
            read.Error = ErrorCode.None;
        }
    }
}
