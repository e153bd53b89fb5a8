using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Protocol;

namespace Kafscale.Broker;

/// <summary>What this broker leads now, for handlers that outlive its sessions.</summary>
internal sealed class CurrentLeadership : ILeadershipTrigger, ILogStartMover
{
    private LeadingSession? _session;

    /// <summary>The session that is served in; <see langword="null"/> while there is none.</summary>
    public LeadingSession? Session
    {
        get => Volatile.Read(ref _session);
        set => Volatile.Write(ref _session, value);
    }

    /// <inheritdoc/>
    public Task AcquireAsync(CancellationToken cancellationToken) => Session is { } session
        ? session.Leadership.AcquireAsync(cancellationToken)
        : throw new MetadataUnavailableException("The broker has no session with the metadata store.");

    /// <inheritdoc/>
    public async Task<ErrorCode> MoveAsync(PartitionLog log, long offset, CancellationToken cancellationToken) => Session is { } session
        ? await session.LogStart.MoveAsync(log, offset, cancellationToken)
        : ErrorCode.NotLeaderOrFollower;
}
