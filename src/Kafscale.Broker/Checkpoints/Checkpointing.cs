using Kafscale.Broker.Cluster;
using Kafscale.Broker.Garbage;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Checkpoints;

/// <summary>Decides when which commits are rolled up: the session's own, and while it is the controller, what sessions that are over have left.</summary>
/// <param name="session">In which it happens.</param>
/// <param name="committedThrough">The last commit of this session whose outcome is known.</param>
/// <param name="isController">Whether this session looks after what others have left.</param>
/// <param name="cluster">What there is.</param>
/// <param name="follower">How far that is known.</param>
/// <param name="writer">Does it.</param>
/// <param name="options">When.</param>
/// <param name="metrics">Counts failures.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Is told of failures.</param>
internal sealed partial class Checkpointing(
    BrokerSession session,
    Func<long> committedThrough,
    Func<bool> isController,
    ClusterState cluster,
    MetadataFollower follower,
    CheckpointWriter writer,
    CheckpointOptions options,
    MaintenanceMetrics metrics,
    TimeProvider timeProvider,
    ILogger<Checkpointing> logger)
{
    // When each session's commits were last rolled up, or first seen.
    private Dictionary<long, long> _rolledUpAt = [];

    /// <summary>Goes round until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(options.Interval, timeProvider, cancellationToken);
            try
            {
                await RollUpDueAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
            {
                metrics.OnCheckpointFailed();
                LogFailed(exception);
            }
        }
    }

    private async Task RollUpDueAsync(CancellationToken cancellationToken)
    {
        // A key that can not be read by this release may say something that a later one needs.
        if (cluster.HasUnreadable)
        {
            return;
        }

        // Which sessions are over is looked at first, and then what they have left.
        var sessions = KnownSessions.Look(cluster, follower);
        var rolledUpAt = new Dictionary<long, long>();
        foreach (var (owner, count, bytes) in cluster.Commits.Keys)
        {
            var since = _rolledUpAt.TryGetValue(owner, out var known) ? known : timeProvider.GetTimestamp();
            if ((owner == session.Number || (isController() && sessions.IsOver(owner))) && IsDue(count, bytes, since))
            {
                await writer.RollUpAsync(owner, owner == session.Number ? committedThrough() : long.MaxValue, cancellationToken);
                since = timeProvider.GetTimestamp();
            }

            rolledUpAt.Add(owner, since);
        }

        _rolledUpAt = rolledUpAt;
    }

    private bool IsDue(int count, long bytes, long since) =>
        count >= options.Commits
        || bytes >= options.Bytes
        || (count >= options.FewestCommits && timeProvider.GetElapsedTime(since) >= options.Age);

    [LoggerMessage(1754, LogLevel.Error, "Rolling commits up failed; the next round tries again.")]
    private partial void LogFailed(Exception exception);
}
