using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Commands;

/// <summary>What a command finds around it.</summary>
/// <param name="Output">Where results go.</param>
/// <param name="Error">Where errors go.</param>
/// <param name="Variables">The environment.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="Stop">Cancelled where a running broker is to stop gracefully.</param>
/// <param name="Input">What a command reads, where one does.</param>
/// <param name="IsTerminal">Whether errors go to a terminal, where a line can be written over.</param>
internal sealed record Surroundings(
    TextWriter Output,
    TextWriter Error,
    IReadOnlyDictionary<string, string> Variables,
    TimeProvider TimeProvider,
    CancellationToken Stop,
    TextReader? Input = null,
    bool IsTerminal = false)
{
    /// <summary>Says why a command does not start.</summary>
    public async Task WriteProblemsAsync(string command, InvalidConfigurationException exception)
    {
        await Error.WriteLineAsync($"{command} cannot start, because of its settings:");
        foreach (var problem in exception.Problems)
        {
            await Error.WriteLineAsync($"  - {problem}");
        }
    }
}
