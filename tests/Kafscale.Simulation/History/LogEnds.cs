namespace Kafscale.Simulation.History;

/// <summary>A broker has told where a log begins and ends.</summary>
/// <param name="Connection">On which connection; what is told on one must never go back.</param>
/// <param name="Log">Of which log.</param>
/// <param name="LogStartOffset">Its first offset.</param>
/// <param name="HighWatermark">The offset after its last one.</param>
internal readonly record struct LogEnds(string Connection, LogKey Log, long LogStartOffset, long HighWatermark);
