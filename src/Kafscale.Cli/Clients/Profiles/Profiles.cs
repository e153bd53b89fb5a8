namespace Kafscale.Cli.Clients.Profiles;

/// <summary>What is in the file of the profiles.</summary>
/// <param name="Current">The profile in use where none is named; null: none.</param>
/// <param name="ByName">The properties of each.</param>
internal sealed record Profiles(string? Current, SortedDictionary<string, IReadOnlyDictionary<string, string>> ByName);
