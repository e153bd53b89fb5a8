namespace Kafscale.Simulation.History;

/// <summary>A member has asked for a position to be stored.</summary>
internal sealed record PositionCommit(string Group, string MemberId, int Generation, LogKey Log, long Position, long SentAt)
{
    /// <summary>When the member was told that it is stored, in ticks of virtual time; null where it never was.</summary>
    public long? AcknowledgedAt { get; set; }
}
