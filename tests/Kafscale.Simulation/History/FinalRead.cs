namespace Kafscale.Simulation.History;

/// <summary>All of a log as one broker gives it when everything is over.</summary>
internal sealed record FinalRead(int BrokerId, LogKey Log, long LogStartOffset, IReadOnlyList<ReadRecord> Records);
