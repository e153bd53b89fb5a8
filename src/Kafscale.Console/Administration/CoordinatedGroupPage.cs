namespace Kafscale.Console.Administration;

/// <summary>Some of the groups that a broker coordinates, and the id behind which the next ones begin.</summary>
internal sealed record CoordinatedGroupPage(bool IsComplete, IReadOnlyList<CoordinatedGroup> Groups, string? Next);
