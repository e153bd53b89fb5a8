namespace Kafscale.Simulation.History;

/// <summary>A producer was told that records are stored.</summary>
/// <param name="Log">Where.</param>
/// <param name="BaseOffset">The first one's offset.</param>
/// <param name="First">The first one.</param>
/// <param name="Count">How many there are; their numbers follow one another.</param>
/// <param name="At">When, in ticks of virtual time.</param>
internal readonly record struct Acknowledgement(LogKey Log, long BaseOffset, RecordId First, int Count, long At);
