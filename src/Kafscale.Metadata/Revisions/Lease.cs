namespace Kafscale.Metadata.Revisions;

/// <summary>A lease of a <see cref="LeaseTable"/>, whose lock guards it.</summary>
internal sealed class Lease(TimeSpan timeToLive, ITimer timer)
{
    public TimeSpan TimeToLive { get; } = timeToLive;

    public ITimer Timer { get; } = timer;

    /// <summary>Timestamp of the grant or the last keep-alive.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Set once and for good, before the keys are deleted.</summary>
    public bool HasEnded { get; set; }
}
