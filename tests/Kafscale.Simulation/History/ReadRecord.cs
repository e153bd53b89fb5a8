namespace Kafscale.Simulation.History;

/// <summary>A record as somebody has read it.</summary>
internal readonly record struct ReadRecord(long Offset, RecordId Id);
