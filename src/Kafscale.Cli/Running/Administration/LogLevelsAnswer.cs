namespace Kafscale.Cli.Running.Administration;

/// <summary>What is logged.</summary>
/// <param name="Level">The lowest level, by its name in <c>log.level</c>.</param>
/// <param name="Categories">The lowest levels of the categories that begin with these names.</param>
internal sealed record LogLevelsAnswer(string Level, IReadOnlyDictionary<string, string> Categories);
