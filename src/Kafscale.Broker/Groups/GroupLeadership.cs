using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Control;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Coordinates, in one session, the shards of groups that the controller assigns to this broker, and hands over those that are
/// assigned to another one. When that may be done is said by <see cref="LeadershipRules"/>, as for partitions.
/// </summary>
internal sealed class GroupLeadership(
    int brokerId, BrokerSession session, ClusterState cluster, MetadataFollower follower, MetadataKeys keys, GroupCoordinator groups)
{
    private readonly LeadershipRules _rules = new(brokerId, session.Number, cluster);

    // What this session serves, and what it serves no more although the record still names it, with the epoch of both.
    private readonly Dictionary<int, int> _served = [];
    private readonly Dictionary<int, int> _stopped = [];

    /// <summary>Whether any shard is led in this session.</summary>
    public bool LeadsAny => CoordinatorShards.All.Any(IsMine);

    /// <summary>Whether this session serves all that it is to lead, but for what a live leader has not handed over yet, and nothing else.</summary>
    public bool IsSettled
    {
        get
        {
            var loaded = groups.LoadedShards;
            return CoordinatorShards.All.All(shard => _rules.IsSettled(RecordOf(shard), AssignedTo(shard), loaded.Contains(shard)));
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

    private bool IsMine(int shard) => _rules.IsMine(RecordOf(shard));

    private RegisteredBroker? FindSuccessor(int shard) => _rules.FindSuccessor(AssignedTo(shard));

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        foreach (var gone in _stopped.Keys.Where(shard => !IsMine(shard)).ToList())
        {
            _stopped.Remove(gone);
        }

        var mine = CoordinatorShards.All
            .Where(shard => IsMine(shard)
                && !_served.ContainsKey(shard)
                && !(_stopped.TryGetValue(shard, out var epoch) && epoch == RecordOf(shard).LeaderEpoch))
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

    private bool MayTake(int shard) => _rules.MayTake(RecordOf(shard), AssignedTo(shard), _served.ContainsKey(shard));

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
        var changed = record.Clone();
        LeadershipRules.SetLeader(changed, revision, leader, leaderSession);
        var key = keys.GroupShard(shard);
        return new FencedChange(new Operation.Put(key, changed.ToByteArray()), [Comparison.ModRevision(key, revision), .. comparisons]);
    }
}
