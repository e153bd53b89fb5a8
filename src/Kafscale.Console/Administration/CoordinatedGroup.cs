namespace Kafscale.Console.Administration;

/// <summary>A group as its coordinator tells; docs/administration.md describes it.</summary>
internal sealed record CoordinatedGroup(string Id, string Type, string State, int Members, IReadOnlyDictionary<string, long> LagByTopic);
