namespace Kafscale.Simulation.History;

/// <summary>A producer has sent records for the first time.</summary>
/// <param name="Log">Where to.</param>
/// <param name="First">The first one.</param>
/// <param name="Count">How many there are; their numbers follow one another.</param>
/// <param name="IsIdempotent">Whether they may be there once at most, and in order.</param>
internal readonly record struct SentBatch(LogKey Log, RecordId First, int Count, bool IsIdempotent);
