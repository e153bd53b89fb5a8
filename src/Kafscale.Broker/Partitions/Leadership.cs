using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Control;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Leads, in one session, the partitions that the controller assigns to this broker (architecture, section 3): takes those that have
/// no live leader, serves those whose record names this session, and hands over those that are assigned to another broker.
/// </summary>
/// <remarks>When that may be done is said by <see cref="LeadershipRules"/>.</remarks>
internal sealed partial class Leadership(
    int brokerId,
    BrokerSession session,
    ClusterState cluster,
    MetadataFollower follower,
    MetadataKeys keys,
    ProducerRecovery producers,
    ProducerExpiration producerExpiration,
    Flusher flusher,
    LeadershipMetrics metrics,
    ILogger<Leadership> logger)
{
    private readonly LeadershipRules _rules = new(brokerId, session.Number, cluster);

    // Whoever still waits to serve a partition when the session ends must not serve it in place of the next session.
    private readonly Lock _serving = new();
    private bool _isReleased;

    // What this session serves no more, and whose record still names it. Used by one step at a time.
    private readonly Dictionary<PartitionLog, PartitionAppender> _stopped = [];

    /// <summary>The partitions that this session leads.</summary>
    public IEnumerable<PartitionAppender> Appenders =>
        cluster.Partitions.Select(log => log.Appender).OfType<PartitionAppender>();

    /// <summary>Whether any partition is led in this session.</summary>
    public bool LeadsAny => cluster.Partitions.Any(IsMine);

    /// <summary>Whether this session serves all that it is to lead, but for what a live leader has not handed over yet, and nothing else.</summary>
    public bool IsSettled => cluster.Partitions.All(log => _rules.IsSettled(log.Record.Record, AssignedTo(log), log.Appender is not null));

    /// <summary>Makes of the assignments what can be made of them now. One call at a time.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">To be tried again.</exception>
    public async Task FollowAssignmentsAsync(CancellationToken cancellationToken)
    {
        await ServeAsync(cancellationToken);
        await TakeAsync(cancellationToken);
        await StopAsync(cancellationToken);
        await HandOverAsync(cancellationToken);
    }

    /// <summary>Serves nothing any more; what is appended and not committed is the flusher's to settle.</summary>
    public void Release()
    {
        lock (_serving)
        {
            _isReleased = true;
            foreach (var appender in Appenders)
            {
                appender.Log.StopLeading();
            }
        }
    }

    private int AssignedTo(PartitionLog log) => cluster.Assignments.LeaderOf(log.Id.TopicId, log.Id.Partition);

    private bool IsMine(PartitionLog log) => _rules.IsMine(log.Record.Record);

    private RegisteredBroker? FindSuccessor(PartitionLog log) => _rules.FindSuccessor(AssignedTo(log));

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        // A partition's record is known a moment before the commits that precede it, where they come in one batch.
        await follower.WaitForRevisionAsync(Serve(), cancellationToken);
        Serve();
    }

    // Returns the revision that has to be applied before everything can be served.
    private long Serve()
    {
        var served = 0;
        var appliedRevision = follower.AppliedRevision;
        var neededRevision = 0L;
        var oldestProducerMs = producerExpiration.OldestMs;
        lock (_serving)
        {
            if (_isReleased)
            {
                throw new SessionLostException(session.Number);
            }

            foreach (var log in cluster.Partitions)
            {
                var (record, revision) = log.Record;
                if (!_rules.IsMine(record))
                {
                    _stopped.Remove(log);
                }
                else if (log.Appender is null && !log.IsRemoved && !(_stopped.TryGetValue(log, out var stopped) && stopped.LeaderEpoch == record.LeaderEpoch))
                {
                    if (revision > appliedRevision)
                    {
                        neededRevision = Math.Max(neededRevision, revision);
                        continue;
                    }

                    _stopped.Remove(log);
                    log.StartLeading(new PartitionAppender(log, flusher, session, record.LeaderEpoch, producers), oldestProducerMs);
                    served++;
                }
            }
        }

        if (served > 0)
        {
            metrics.OnTaken(served);
            LogServing(served, session.Number);
            cluster.RaiseChanged();
        }

        return neededRevision;
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wanted = cluster.Topics.SelectMany(topic => topic.Partitions, (topic, log) => (Topic: topic, Log: log)).Where(one => MayTake(one.Log)).ToList();
            if (wanted.Count == 0)
            {
                return;
            }

            await session.CommitAsync(wanted.Select(one => TakingOf(one.Topic, one.Log)), follower, cancellationToken);
            await ServeAsync(cancellationToken);
        }
    }

    private bool MayTake(PartitionLog log) => !log.IsRemoved && _rules.MayTake(log.Record.Record, AssignedTo(log), log.Appender is not null);

    private FencedChange TakingOf(Topic topic, PartitionLog log)
    {
        var revision = log.Record.Revision;
        return new FencedChange(
            PutLeader(log, brokerId, session.Number),
            Comparison.ModRevision(keys.Topic(topic.Name), topic.Revision),
            Comparison.ModRevision(keys.Partition(log.Id.TopicId, log.Id.Partition), revision));
    }

    // Whoever writes is told to look elsewhere from here on; what was accepted before is committed first.
    private async Task StopAsync(CancellationToken cancellationToken)
    {
        var settled = new List<Task>();
        foreach (var appender in Appenders.Where(appender => FindSuccessor(appender.Log) is not null).ToList())
        {
            appender.Log.StopLeading();
            _stopped[appender.Log] = appender;
            settled.Add(appender.StopAsync());
        }

        if (settled.Count > 0)
        {
            if (cluster.Brokers.TryGetValue(brokerId, out var itself) && itself.IsImpaired)
            {
                // Their producers are better off with the next leader than with what may come of the uploads.
                flusher.EndDeadlines();
            }

            flusher.FlushNow();
            await Task.WhenAll(settled).WaitAsync(cancellationToken);
        }
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        foreach (var gone in _stopped.Keys.Where(log => log.IsRemoved).ToList())
        {
            _stopped.Remove(gone);
        }

        var leaving = _stopped.Keys.Where(IsMine).ToList();
        var changes = new List<FencedChange>();
        foreach (var log in leaving)
        {
            // Also where an earlier step was interrupted.
            await _stopped[log].StopAsync().WaitAsync(cancellationToken);
            if (FindSuccessor(log) is { } successor)
            {
                changes.Add(new FencedChange(
                    PutLeader(log, successor.Record.BrokerId, successor.Session),
                    successor.Fence(keys),
                    Comparison.ModRevision(keys.Partition(log.Id.TopicId, log.Id.Partition), log.Record.Revision)));
            }
        }

        if (changes.Count == 0)
        {
            return;
        }

        await session.CommitAsync(changes, follower, cancellationToken);
        metrics.OnHandedOver(changes.Count);
        LogHandedOver(changes.Count, session.Number);

        // What could not be handed over is tried again, or taken back.
        cluster.RaiseChanged();
    }

    private Operation.Put PutLeader(PartitionLog log, int leader, long leaderSession)
    {
        var (record, revision) = log.Record;
        var changed = record.Clone();
        LeadershipRules.SetLeader(changed, revision, leader, leaderSession);
        return new Operation.Put(keys.Partition(log.Id.TopicId, log.Id.Partition), changed.ToByteArray());
    }

    [LoggerMessage(1201, LogLevel.Information, "Leading {Count} more partitions in session {Session}.")]
    private partial void LogServing(int count, long session);

    [LoggerMessage(1202, LogLevel.Information, "Handed over {Count} partitions of session {Session}.")]
    private partial void LogHandedOver(int count, long session);
}
