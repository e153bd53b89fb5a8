using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Control;

/// <summary>How leaderships of partitions and of shards of groups move, as one broker has to see it in one session.</summary>
/// <remarks>
/// A leadership moves in two ways only: its session is gone, and the next leader takes it; or the leader itself, after its last commit,
/// writes the next leader's session into the record. Either way the new leader serves once it has applied the metadata stream up
/// to that write, and so knows every commit before it. What was stopped is only served again in a later epoch: a hand-over whose
/// outcome got lost can then no longer come true.
/// </remarks>
internal sealed class LeadershipRules(int brokerId, long session, ClusterState cluster)
{
    /// <summary>Whether this session leads, by the record.</summary>
    public bool IsMine(ILeadershipRecord record) => record.LeaderSession == session;

    /// <summary>Whether this session may write itself into the record: what nobody leads, or what it has stopped and is to lead after all.</summary>
    /// <param name="record">Who leads.</param>
    /// <param name="assigned">Who is to lead.</param>
    /// <param name="isServed">Whether this session serves it.</param>
    public bool MayTake(ILeadershipRecord record, int assigned, bool isServed) =>
        !isServed && (IsMine(record) ? FindSuccessor(assigned) is null : assigned == brokerId && !cluster.IsLed(record));

    /// <summary>The broker that something is to be handed over to; see <see cref="ClusterState.FindSuccessor"/>.</summary>
    public RegisteredBroker? FindSuccessor(int assigned) => cluster.FindSuccessor(assigned, brokerId);

    /// <summary>Whether nothing is left to be done: what this broker is to lead is served, or still led by another, and nothing else is.</summary>
    /// <inheritdoc cref="MayTake"/>
    public bool IsSettled(ILeadershipRecord record, int assigned, bool isServed) => assigned == brokerId
        ? isServed || (!IsMine(record) && cluster.IsLed(record))
        : !isServed && !IsMine(record);

    /// <summary>Writes the next leader into a record.</summary>
    /// <param name="record">A copy of the one that is known.</param>
    /// <param name="revision">When that was written; 0: never, so that this is the first leader.</param>
    /// <param name="leader">The broker.</param>
    /// <param name="leaderSession">Its session.</param>
    public static void SetLeader(ILeadershipRecord record, long revision, int leader, long leaderSession)
    {
        record.Leader = leader;
        record.LeaderSession = leaderSession;
        record.LeaderEpoch = revision == 0 ? 0 : record.LeaderEpoch + 1;
    }
}
