using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>Compares the leader epoch that a client knows with the partition's (KIP-320).</summary>
internal static class LeaderEpochs
{
    private const int NotGiven = -1;

    public static ErrorCode Check(PartitionLog log, int currentLeaderEpoch)
    {
        if (log.Appender is not { IsLeading: true })
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        if (currentLeaderEpoch == NotGiven || currentLeaderEpoch == log.LeaderEpoch)
        {
            return ErrorCode.None;
        }

        return currentLeaderEpoch < log.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }
}
