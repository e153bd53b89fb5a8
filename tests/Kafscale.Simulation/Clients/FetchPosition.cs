using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>How far a consumer has got in one log.</summary>
internal sealed class FetchPosition(string topic, LogKey log, int session, long offset)
{
    public string Topic => topic;

    public LogKey Log => log;

    /// <summary>Its way through the log from where it began.</summary>
    public int Session => session;

    /// <summary>What it reads next.</summary>
    public long Offset { get; set; } = offset;

    /// <summary>Where the leader has sent it; null where it reads from the leader.</summary>
    public int? PreferredReplica { get; set; }

    /// <summary>Whether it had everything when it last asked.</summary>
    public bool IsAtEnd { get; set; }
}
