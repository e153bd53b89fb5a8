using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Has producers wait where a leadership is on its way to this broker or from it, so that they are told of the next leader by one that
/// knows it, and find it ready. Told to look elsewhere any sooner they would find nobody, and come again after ever longer pauses.
/// </summary>
internal sealed class LeadershipMoves(ClusterState cluster, CurrentLeadership leadership, TimeProvider timeProvider)
{
    // Several times what a hand-over takes; other requests of the connection wait as well.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a partition's record names this broker's session, which does not serve it any more, or not yet.</summary>
    public bool IsMoving(PartitionLog log) =>
        log.Appender is null
        && !log.IsRemoved
        && leadership.Session is { Session: { IsAlive: true } session }
        && log.Record.Record.LeaderSession == session.Number;

    /// <summary>Waits until somebody serves the partitions, as far as this broker knows, but not for long.</summary>
    public async ValueTask WaitAsync(IReadOnlyCollection<PartitionLog> moving, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(MaxWait, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await cluster.UntilAsync(() => !moving.Any(IsMoving), end.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever asks is refused.
        }
    }
}
