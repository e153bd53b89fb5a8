using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Takes the partitions that nobody leads, in one session: writes leader, session and the next epoch under the fence, and
/// begins to serve once the metadata stream was applied up to that write (architecture, section 3).
/// </summary>
internal sealed partial class Leadership(
    int brokerId,
    BrokerSession session,
    ClusterState cluster,
    MetadataFollower follower,
    MetadataKeys keys,
    ProducerRecovery producers,
    Flusher flusher,
    ILogger<Leadership> logger) : IDisposable
{
    // Each takes two comparisons beside that of the session.
    private const int PartitionsPerTransaction = (MetadataLimits.OperationsPerTransaction - 1) / 2;

    private readonly SemaphoreSlim _acquiring = new(1);

    // Whoever still waits to serve a partition when the session ends must not serve it in place of the next session.
    private readonly Lock _serving = new();
    private bool _isReleased;

    /// <summary>The partitions that this session leads.</summary>
    public IEnumerable<PartitionAppender> Appenders =>
        cluster.Topics.SelectMany(topic => topic.Partitions).Select(log => log.Appender).OfType<PartitionAppender>();

    /// <summary>Leads every known partition that has no live leader; when it returns, they can be written to.</summary>
    /// <remarks>Asks nothing of the object store.</remarks>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await _acquiring.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                var wanted = cluster.Topics
                    .SelectMany(topic => topic.Partitions, (topic, log) => (Topic: topic, Log: log))
                    .Where(candidate => candidate.Log.Appender is null && MayTake(candidate.Log.Record.Record))
                    .ToList();
                if (wanted.Count == 0)
                {
                    return;
                }

                foreach (var some in wanted.Chunk(PartitionsPerTransaction))
                {
                    await AcquireAsync(some, cancellationToken);
                }
            }
        }
        finally
        {
            _acquiring.Release();
        }
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

    public void Dispose() => _acquiring.Dispose();

    // Also one that this session took and does not serve, because the outcome of taking it was lost: it is taken again.
    private bool MayTake(PartitionRecord record) => !cluster.IsLed(record) || record.LeaderSession == session.Number;

    private async Task AcquireAsync((Topic Topic, PartitionLog Log)[] wanted, CancellationToken cancellationToken)
    {
        var comparisons = new List<Comparison>();
        var operations = new List<Operation>();
        var records = new PartitionRecord[wanted.Length];
        foreach (var topic in wanted.Select(candidate => candidate.Topic).Distinct())
        {
            comparisons.Add(Comparison.ModRevision(keys.Topic(topic.Name), topic.Revision));
        }

        for (var i = 0; i < wanted.Length; i++)
        {
            var log = wanted[i].Log;
            var (record, revision) = log.Record;
            records[i] = record.Clone();
            records[i].Leader = brokerId;
            records[i].LeaderSession = session.Number;
            records[i].LeaderEpoch = revision == 0 ? 0 : record.LeaderEpoch + 1;
            var key = keys.Partition(log.Id.TopicId, log.Id.Partition);
            comparisons.Add(Comparison.ModRevision(key, revision));
            operations.Add(new Operation.Put(key, records[i].ToByteArray()));
        }

        var result = await session.CommitFencedAsync(comparisons, operations, cancellationToken);
        if (result is null)
        {
            // A topic or a partition is not as we know it: the stream brings what has changed.
            await follower.CatchUpAsync(cancellationToken);
            return;
        }

        await follower.WaitForRevisionAsync(result.Revision, cancellationToken);

        lock (_serving)
        {
            if (_isReleased)
            {
                throw new SessionLostException(session.Number);
            }

            for (var i = 0; i < wanted.Length; i++)
            {
                var log = wanted[i].Log;
                log.StartLeading(new PartitionAppender(log, flusher, session, records[i].LeaderEpoch, producers));
            }
        }

        LogAcquired(wanted.Length, session.Number);
    }

    [LoggerMessage(1201, LogLevel.Information, "Leading {Count} more partitions in session {Session}.")]
    private partial void LogAcquired(int count, long session);
}
