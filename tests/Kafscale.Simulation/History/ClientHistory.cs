using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.History;

/// <summary>All that clients have done and been told, in the order of virtual time. Checkers judge by this alone.</summary>
/// <param name="now">Virtual time, in ticks.</param>
/// <param name="trace">Is told of everything.</param>
internal sealed class ClientHistory(Func<long> now, Trace trace)
{
    private readonly List<SentBatch> _sent = [];
    private readonly List<Acknowledgement> _acknowledgements = [];
    private readonly List<Poll> _polls = [];
    private readonly List<PositionReset> _resets = [];
    private readonly Dictionary<(string, LogKey), LogEnds> _lastEnds = [];
    private readonly List<LogEnds> _ends = [];
    private readonly List<Assignment> _assignments = [];
    private readonly List<PositionCommit> _commits = [];
    private readonly List<PositionFetch> _positionFetches = [];
    private readonly List<RecordDeletion> _deletions = [];
    private readonly HashSet<Guid> _deletedTopics = [];
    private readonly HashSet<Guid> _topicsWithRetention = [];
    private readonly List<UnexpectedAnswer> _unexpected = [];
    private readonly List<FinalRead> _finalReads = [];
    private int _lastSession;

    public long Now => now();

    public IReadOnlyList<SentBatch> Sent => _sent;

    /// <summary>In the order in which producers were told.</summary>
    public IReadOnlyList<Acknowledgement> Acknowledgements => _acknowledgements;

    public IReadOnlyList<Poll> Polls => _polls;

    public IReadOnlyList<PositionReset> Resets => _resets;

    /// <summary>Only where they are others than before on the same connection.</summary>
    public IReadOnlyList<LogEnds> Ends => _ends;

    public IReadOnlyList<Assignment> Assignments => _assignments;

    public IReadOnlyList<PositionCommit> Commits => _commits;

    public IReadOnlyList<PositionFetch> PositionFetches => _positionFetches;

    public IReadOnlyList<RecordDeletion> Deletions => _deletions;

    /// <summary>Topics whose deletion was asked for.</summary>
    public IReadOnlySet<Guid> DeletedTopics => _deletedTopics;

    /// <summary>Topics whose records may go by themselves.</summary>
    public IReadOnlySet<Guid> TopicsWithRetention => _topicsWithRetention;

    public IReadOnlyList<UnexpectedAnswer> UnexpectedAnswers => _unexpected;

    public IReadOnlyList<FinalRead> FinalReads => _finalReads;

    /// <summary>How many records were acknowledged.</summary>
    public long AcknowledgedRecords { get; private set; }

    /// <summary>The number of a consumer's way through a log.</summary>
    public int NextSession() => ++_lastSession;

    public void Sends(LogKey log, RecordId first, int count, bool isIdempotent) => _sent.Add(new SentBatch(log, first, count, isIdempotent));

    public void Acknowledged(LogKey log, long baseOffset, RecordId first, int count)
    {
        AcknowledgedRecords += count;
        _acknowledgements.Add(new Acknowledgement(log, baseOffset, first, count, now()));
        trace.Add(baseOffset, first.Number, count);
        trace.Write($"producer-{first.Producer}", $"acknowledged {log} {baseOffset}: {count} from {first}");
    }

    public void Polled(string subscriber, int session, int brokerId, LogKey log, long position, IReadOnlyList<ReadRecord> records)
    {
        _polls.Add(new Poll(subscriber, session, brokerId, log, position, records));
        trace.Add(session, position, records.Count);
        trace.Write(subscriber, $"polled {log} {position} of broker {brokerId}: {records.Count} from {records[0]}");
    }

    public void Reset(string subscriber, int session, LogKey log, long from, long to)
    {
        _resets.Add(new PositionReset(subscriber, session, log, from, to));
        trace.Add(session, from, to);
        trace.Write(subscriber, $"reset {log} from {from} to {to}");
    }

    public void WasToldEnds(string connection, LogKey log, long logStartOffset, long highWatermark)
    {
        var ends = new LogEnds(connection, log, logStartOffset, highWatermark);
        if (!_lastEnds.TryGetValue((connection, log), out var last) || last != ends)
        {
            _lastEnds[(connection, log)] = ends;
            _ends.Add(ends);
        }
    }

    public void Assigned(string group, string memberId, int generation, IReadOnlyList<LogKey> logs)
    {
        _assignments.Add(new Assignment(group, memberId, generation, logs));
        trace.Add(generation, logs.Count, 0);
        trace.Write(memberId, $"generation {generation} of {group}: {string.Join(", ", logs)}");
    }

    /// <returns>To be told when it is acknowledged.</returns>
    public PositionCommit SendsCommit(string group, string memberId, int generation, LogKey log, long position)
    {
        var commit = new PositionCommit(group, memberId, generation, log, position, now());
        _commits.Add(commit);
        trace.Write(memberId, $"commits {log} {position}");
        return commit;
    }

    public void CommitAcknowledged(PositionCommit commit)
    {
        commit.AcknowledgedAt = now();
        trace.Add(commit.Generation, commit.Log.Partition, commit.Position);
        trace.Write(commit.MemberId, $"committed {commit.Log} {commit.Position}");
    }

    public void PositionFetched(string group, LogKey log, long position, long sentAt)
    {
        _positionFetches.Add(new PositionFetch(group, log, position, sentAt, now()));
        trace.Add(log.Partition, position, sentAt);
        trace.Write(group, $"position {log} {position}");
    }

    /// <returns>To be told when it is acknowledged.</returns>
    public RecordDeletion DeletesRecords(LogKey log, long beforeOffset)
    {
        var deletion = new RecordDeletion(log, beforeOffset);
        _deletions.Add(deletion);
        trace.Write("admin", $"deletes {log} before {beforeOffset}");
        return deletion;
    }

    public void DeletesTopic(Guid topicId)
    {
        _deletedTopics.Add(topicId);
        trace.Write("admin", $"deletes {topicId}");
    }

    public void LimitsRetention(Guid topicId) => _topicsWithRetention.Add(topicId);

    public void AnsweredUnexpectedly(string client, string answer)
    {
        _unexpected.Add(new UnexpectedAnswer(client, answer));
        trace.Write(client, $"unexpected: {answer}");
    }

    public void ReadToTheEnd(int brokerId, LogKey log, long logStartOffset, IReadOnlyList<ReadRecord> records)
    {
        _finalReads.Add(new FinalRead(brokerId, log, logStartOffset, records));
        trace.Write("reader", $"read {log} of broker {brokerId}: {records.Count} from {logStartOffset}");
    }
}
