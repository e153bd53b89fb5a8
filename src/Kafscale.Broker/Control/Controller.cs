using Google.Protobuf;
using Google.Protobuf.Collections;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Control;

/// <summary>
/// Stands for election whenever there is no controller, and while it is the controller decides who leads what (architecture,
/// section 3). It only writes assignments: the leaders make them come true.
/// </summary>
internal sealed partial class Controller(
    int brokerId,
    BrokerSession session,
    ClusterState cluster,
    MetadataFollower follower,
    MetadataKeys keys,
    PartitionLoads loads,
    ControllerOptions options,
    TimeProvider timeProvider,
    ILogger<Controller> logger)
{
    private long _rebalancedAt = timeProvider.GetTimestamp();

    // Of the cluster when everything in it was last assigned; most of its changes have nothing to do with that.
    private long _assignedRevision = -1;

    /// <summary>Whether this session is the controller, as far as this broker has heard.</summary>
    public bool IsController => cluster.Assignments.Controller?.Record.Session == session.Number && session.IsAlive;

    /// <summary>Whether there is a controller, and it has assigned everything that is known to brokers that are there.</summary>
    public bool HasAssignedEverything => cluster.Assignments.Controller is not null
        && IsAssigned(cluster.Assignments.Groups.Leaders, CoordinatorShards.Count)
        && cluster.Topics.All(topic => cluster.Assignments.Topics.TryGetValue(topic.Id, out var assignment) && IsAssigned(assignment.Leaders, topic.Partitions.Count));

    /// <summary>Does what the cluster needs of a controller now. To be called when the cluster has changed, and every now and then; one call at a time.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">To be tried again.</exception>
    public async Task ActAsync(CancellationToken cancellationToken)
    {
        if (loads.Age >= options.LoadInterval)
        {
            loads.Measure();
            await loads.PublishAsync(session, cancellationToken);
        }

        if (cluster.Assignments.Controller is null)
        {
            await StandForElectionAsync(cancellationToken);
        }

        if (IsController)
        {
            var revision = cluster.Revisions.Assignments;
            var isRebalanceDue = timeProvider.GetElapsedTime(_rebalancedAt) >= options.RebalanceInterval;
            if (revision != _assignedRevision || isRebalanceDue)
            {
                await AssignAsync(isRebalanceDue, cancellationToken);
                _assignedRevision = revision;
                _rebalancedAt = isRebalanceDue ? timeProvider.GetTimestamp() : _rebalancedAt;
            }
        }
    }

    private bool IsAssigned(RepeatedField<int> leaders, int count) => leaders.Count >= count && leaders.All(cluster.Brokers.ContainsKey);

    private async Task StandForElectionAsync(CancellationToken cancellationToken)
    {
        var record = new ControllerRecord { BrokerId = brokerId, Session = session.Number };
        var result = await session.CommitFencedAsync(
            [Comparison.Missing(keys.Controller)], [session.PutWithLease(keys.Controller, record.ToByteArray())], cancellationToken);
        if (result is null)
        {
            await follower.CatchUpAsync(cancellationToken);
            return;
        }

        // Everything that the last controller decided is known before anything else is decided.
        await follower.WaitForRevisionAsync(result.Revision, cancellationToken);
        LogElected(session.Number);
    }

    private async Task AssignAsync(bool evensOutLoads, CancellationToken cancellationToken)
    {
        if (cluster.Assignments.Controller is not { } controller)
        {
            return;
        }

        var topics = cluster.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        var (brokers, evensOutCounts) = FindAssignable();
        if (brokers.Count == 0)
        {
            return;
        }

        var leaders = LeaderAssignor.Assign(brokers, [.. topics.Select(ToSet), GroupShards()], evensOutCounts, evensOutLoads);
        var fence = Comparison.CreateRevision(keys.Controller, controller.CreateRevision);
        var changes = new List<FencedChange>();
        for (var i = 0; i < topics.Count; i++)
        {
            var topic = topics[i];
            if (!IsAssigned(cluster.Assignments.Topics.GetValueOrDefault(topic.Id), leaders[i]))
            {
                var key = keys.TopicAssignment(topic.Id);
                changes.Add(new FencedChange(Put(key, leaders[i]), fence, Comparison.ModRevision(keys.Topic(topic.Name), topic.Revision)));
            }
        }

        if (!IsAssigned(cluster.Assignments.Groups, leaders[^1]))
        {
            changes.Add(new FencedChange(Put(keys.GroupShardAssignment, leaders[^1]), fence));
        }

        // Of topics that were deleted while they were being assigned; their ids do not come again.
        changes.AddRange(cluster.Assignments.Topics.Keys
            .Where(topicId => !cluster.TryGetTopic(topicId, out _))
            .Select(topicId => new FencedChange(new Operation.Delete(KeyRange.Key(keys.TopicAssignment(topicId))), fence)));
        if (changes.Count == 0)
        {
            return;
        }

        // What could not be applied was decided on something that has changed since, and is decided again.
        await session.CommitAsync(changes, follower, cancellationToken);
        LogAssigned(changes.Count, brokers.Count);
    }

    // Brokers that drain lead on only where there is nobody else. What impaired ones lead moves only where all others have certainly reached
    // the object store since: else it is likely that they have lost it as well, and everything stays where it is.
    private (IReadOnlyList<AssignableBroker> Brokers, bool EvensOutCounts) FindAssignable()
    {
        var leading = cluster.Brokers.Values.Where(broker => broker.Leads).OrderBy(broker => broker.Record.BrokerId).ToList();
        var taking = leading.Where(broker => broker.TakesLeadership).ToList();
        taking = taking.Count > 0 ? taking : leading;
        var impairedRevision = cluster.ImpairedRevision;
        var well = taking.Where(broker => !broker.IsImpaired).ToList();
        var isCertain = well.Count > 0 && well.TrueForAll(broker => broker.Record.StoreReachedRevision >= impairedRevision);
        return ([.. (isCertain ? well : taking).Select(broker => new AssignableBroker(broker.Record.BrokerId, broker.Record.Rack))], isCertain);
    }

    private AssignableSet ToSet(Topic topic) => new(
        [.. topic.Partitions.Select(log => FindLeader(cluster.Assignments.LeaderOf(topic.Id, log.Id.Partition), log.Record.Record.Leader))],
        loads.Of(topic));

    private AssignableSet GroupShards() => new(
        [.. Enumerable.Range(0, CoordinatorShards.Count).Select(shard => FindLeader(
            ClusterAssignments.LeaderOf(cluster.Assignments.Groups, shard), cluster.Assignments.GroupShard(shard).Record.Leader))],
        []);

    // Where nothing is assigned, whoever led last goes on, if that broker is there.
    private static int FindLeader(int assigned, int leader) => assigned != LeaderAssignor.None ? assigned : leader;

    private static bool IsAssigned(AssignmentRecord? assignment, int[] leaders) =>
        assignment is not null && assignment.Leaders.Count == leaders.Length && assignment.Leaders.SequenceEqual(leaders);

    private static Operation.Put Put(string key, int[] leaders) => new(key, new AssignmentRecord { Leaders = { leaders } }.ToByteArray());

    [LoggerMessage(1951, LogLevel.Information, "This broker is the controller, in session {Session}.")]
    private partial void LogElected(long session);

    [LoggerMessage(1952, LogLevel.Information, "Assigned {Count} topics or coordinators anew to {Brokers} brokers.")]
    private partial void LogAssigned(int count, int brokers);
}
