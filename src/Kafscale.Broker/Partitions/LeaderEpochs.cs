using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>Compares the leader epoch that a client knows with the partition's (KIP-320).</summary>
internal static class LeaderEpochs
{
    private const int NotGiven = -1;

    /// <summary>For what only the leader answers.</summary>
    public static ErrorCode Check(PartitionLog log, int currentLeaderEpoch) =>
        log.Appender is { IsLeading: true } ? Compare(log, currentLeaderEpoch) : ErrorCode.NotLeaderOrFollower;

    /// <summary>
    /// For what any broker answers, as what is committed is the same for all of them. A broker that has been made the leader and
    /// does not serve as such does not answer either: it has not begun yet, or has lost its session and its time is over.
    /// </summary>
    public static ErrorCode CheckForReading(PartitionLog log, int currentLeaderEpoch, int brokerId) =>
        log.Appender is { IsLeading: true } || (log.Leader != PartitionLog.NoLeader && log.Leader != brokerId)
            ? Compare(log, currentLeaderEpoch)
            : ErrorCode.NotLeaderOrFollower;

    private static ErrorCode Compare(PartitionLog log, int currentLeaderEpoch)
    {
        var leaderEpoch = log.LeaderEpoch;
        if (currentLeaderEpoch == NotGiven || currentLeaderEpoch == leaderEpoch)
        {
            return ErrorCode.None;
        }

        return currentLeaderEpoch < leaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }
}
