namespace Kafscale.Broker.Configuration;

/// <summary>Settings are unknown, wrong, contradictory or missing; the message names all of them.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One sentence or two for each problem, in the order in which the settings are documented.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
