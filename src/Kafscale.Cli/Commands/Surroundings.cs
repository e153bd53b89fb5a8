using Kafscale.Broker.Configuration;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands;

/// <summary>What a command finds around it.</summary>
/// <param name="Output">Where results go.</param>
/// <param name="Error">Where errors go.</param>
/// <param name="Variables">The environment.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="Stop">Cancelled where a running command is to stop gracefully.</param>
/// <param name="Input">What a command reads, where one does.</param>
/// <param name="IsTerminal">Whether errors go to a terminal, where a line can be written over.</param>
/// <param name="IsOutputTerminal">Whether results go to a terminal.</param>
/// <param name="IsInputTerminal">Whether what is read is typed.</param>
/// <param name="InputBytes">Opens what <paramref name="Input"/> reads, for bytes instead of text. Only one of them is used.</param>
/// <param name="OutputBytes">Opens where <paramref name="Output"/> goes, for bytes.</param>
internal sealed record Surroundings(
    TextWriter Output,
    TextWriter Error,
    IReadOnlyDictionary<string, string> Variables,
    TimeProvider TimeProvider,
    CancellationToken Stop,
    TextReader? Input = null,
    bool IsTerminal = false,
    bool IsOutputTerminal = false,
    bool IsInputTerminal = false,
    Func<Stream>? InputBytes = null,
    Func<Stream>? OutputBytes = null)
{
    public TextStyle OutputStyle => new(IsOutputTerminal && MayColour);

    public TextStyle ErrorStyle => new(IsTerminal && MayColour);

    private bool MayColour => !Variables.TryGetValue(ClientVariables.NoColour, out var value) || value.Length == 0;

    /// <summary>Waits until <see cref="Stop"/> is cancelled.</summary>
    public async Task WaitForStopAsync()
    {
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Stop.Register(stopRequested.SetResult);
        await stopRequested.Task;
    }

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
