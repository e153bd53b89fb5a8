namespace Kafscale.Metadata.Cluster;

/// <summary>The broker's session has ended: it leads nothing any more, and what it wrote afterwards does not count.</summary>
public sealed class SessionLostException(long session)
    : Exception($"The broker's session {session:x} has ended.")
{
    /// <summary>The session that has ended.</summary>
    public long Session { get; } = session;
}
