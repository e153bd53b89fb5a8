using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Coordinates, in one session, the shards of groups that the controller assigns to this broker, and hands over those that are
/// assigned to another one. They move as partitions do; see <see cref="Partitions.Leadership"/>.
/// </summary>
internal sealed class GroupLeadership(
    int brokerId, BrokerSession session, ClusterState cluster, MetadataFollower follower, MetadataKeys keys, GroupCoordinator groups)
{
    // What this session serves, and what it serves no more although the record still names it, with the epoch of both.
    private readonly Dictionary<int, int> _served = [];
    private readonly Dictionary<int, int> _stopped = [];

    /// <summary>Whether any shard is led in this session.</summary>
    public bool LeadsAny => CoordinatorShards.All.Any(shard => RecordOf(shard).LeaderSession == session.Number);

    /// <summary>Whether this session serves all that it is to lead, but for what a live leader has not handed over yet, and nothing else.</summary>
    public bool IsSettled
    {
        get
        {
            var loaded = groups.LoadedShards;
            return CoordinatorShards.All.All(shard => IsSettledFor(shard, loaded));
        }
    }

    /// <summary>Makes of the assignment what can be made of it now. One call at a time.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">To be tried again.</exception>
    public async Task FollowAssignmentsAsync(CancellationToken cancellationToken)
    {
        await ServeAsync(cancellationToken);
        await TakeAsync(cancellationToken);
        await StopAsync(cancellationToken);
        await HandOverAsync(cancellationToken);
    }

    private ShardRecord RecordOf(int shard) => cluster.Assignments.GroupShard(shard).Record;

    private int AssignedTo(int shard) => ClusterAssignments.LeaderOf(cluster.Assignments.Groups, shard);

    private RegisteredBroker? FindSuccessor(int shard) => cluster.FindSuccessor(AssignedTo(shard), brokerId);

    private bool IsSettledFor(int shard, IReadOnlyCollection<int> loaded)
    {
        var record = RecordOf(shard);
        var isMine = record.LeaderSession == session.Number;
        return AssignedTo(shard) == brokerId
            ? isMine ? loaded.Contains(shard) : cluster.IsLed(record.Leader, record.LeaderSession)
            : !isMine;
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        foreach (var gone in _stopped.Keys.Where(shard => RecordOf(shard).LeaderSession != session.Number).ToList())
        {
            _stopped.Remove(gone);
        }

        var mine = CoordinatorShards.All
            .Where(shard => RecordOf(shard) is var record
                && record.LeaderSession == session.Number
                && !_served.ContainsKey(shard)
                && !(_stopped.TryGetValue(shard, out var epoch) && epoch == record.LeaderEpoch))
            .ToList();
        await groups.LoadAsync(session, mine, cancellationToken);
        foreach (var shard in mine)
        {
            _stopped.Remove(shard);
            _served[shard] = RecordOf(shard).LeaderEpoch;
        }

        if (mine.Count > 0)
        {
            cluster.RaiseChanged();
        }
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        while (CoordinatorShards.All.Where(MayTake).ToList() is { Count: > 0 } wanted)
        {
            await session.CommitAsync(wanted.Select(shard => PutLeader(shard, brokerId, session.Number)), follower, cancellationToken);
            await ServeAsync(cancellationToken);
        }
    }

    private bool MayTake(int shard)
    {
        var record = RecordOf(shard);
        return record.LeaderSession == session.Number
            ? !_served.ContainsKey(shard) && FindSuccessor(shard) is null
            : AssignedTo(shard) == brokerId && !cluster.IsLed(record.Leader, record.LeaderSession);
    }

    // What was begun is stored before another broker reads the groups.
    private async Task StopAsync(CancellationToken cancellationToken)
    {
        var leaving = _served.Keys.Where(shard => FindSuccessor(shard) is not null).ToList();
        foreach (var shard in leaving)
        {
            _served.Remove(shard, out var epoch);
            _stopped[shard] = epoch;
        }

        await groups.UnloadAsync(leaving, cancellationToken);
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        var changes = new List<FencedChange>();
        foreach (var shard in _stopped.Keys)
        {
            if (FindSuccessor(shard) is { } successor)
            {
                changes.Add(PutLeader(shard, successor.Record.BrokerId, successor.Session, successor.Fence(keys)));
            }
        }

        if (changes.Count > 0)
        {
            // What was interrupted after the shard was stopped is done again.
            await groups.UnloadAsync([.. _stopped.Keys], cancellationToken);
            await session.CommitAsync(changes, follower, cancellationToken);

            // What could not be handed over is tried again, or taken back.
            cluster.RaiseChanged();
        }
    }

    private FencedChange PutLeader(int shard, int leader, long leaderSession, params IEnumerable<Comparison> comparisons)
    {
        var (record, revision) = cluster.Assignments.GroupShard(shard);
        var changed = new ShardRecord { Leader = leader, LeaderSession = leaderSession, LeaderEpoch = revision == 0 ? 0 : record.LeaderEpoch + 1 };
        var key = keys.GroupShard(shard);
        return new FencedChange(new Operation.Put(key, changed.ToByteArray()), [Comparison.ModRevision(key, revision), .. comparisons]);
    }
}
