namespace Kafscale.Simulation.History;

/// <summary>A member of a group was told what it reads.</summary>
internal sealed record Assignment(string Group, string MemberId, int Generation, IReadOnlyList<LogKey> Logs);
