using Kafscale.Broker.Partitions;
using Kafscale.Protocol;

namespace Kafscale.Broker;

/// <summary>The session that this broker is in now and what it leads in it, for handlers that outlive its sessions.</summary>
internal sealed class CurrentLeadership : ILogStartMover
{
    private IServingSession? _session;

    /// <summary>The session that is served in; <see langword="null"/> while there is none.</summary>
    public IServingSession? Session
    {
        get => Volatile.Read(ref _session);
        set => Volatile.Write(ref _session, value);
    }

    /// <summary>Whether there is a session, and it is certainly alive.</summary>
    public bool IsAlive => Session is { Session.IsAlive: true };

    /// <inheritdoc/>
    public async Task<ErrorCode> MoveAsync(PartitionLog log, long offset, CancellationToken cancellationToken) => Session is LeadingSession session
        ? await session.LogStart.MoveAsync(log, offset, cancellationToken)
        : ErrorCode.NotLeaderOrFollower;
}
