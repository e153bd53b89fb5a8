namespace Kafscale.Simulation.History;

/// <summary>Somebody was told how far a group has got.</summary>
/// <param name="Group">Which group.</param>
/// <param name="Log">In which log.</param>
/// <param name="Position">How far; -1 where nothing is stored.</param>
/// <param name="SentAt">When it was asked for, in ticks of virtual time.</param>
/// <param name="AnsweredAt">When the answer came.</param>
internal sealed record PositionFetch(string Group, LogKey Log, long Position, long SentAt, long AnsweredAt);
