namespace Kafscale.Simulation.History;

/// <summary>Somebody has asked for the records before an offset to be deleted.</summary>
internal sealed record RecordDeletion(LogKey Log, long BeforeOffset)
{
    /// <summary>Whether it was told to be done.</summary>
    public bool IsAcknowledged { get; set; }
}
