using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands;

/// <summary>
/// A command that asks a cluster, of Kafscale or any other brokers of Kafka's protocol. One that is derived from it has its own
/// flags, asks, and shows what comes back; the rest is here and the same for all.
/// </summary>
internal abstract class ClientCommand : Command, IHasExamples
{
    private readonly ClientOptions _options;

    protected ClientCommand(string name, string description, string examples, ClientOptions options)
        : base(name, description)
    {
        _options = options;
        Examples = examples;
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples { get; }

    protected Surroundings Surroundings => _options.Surroundings;

    /// <summary>Does what the command is for.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken);

    /// <summary>Shows a result as <c>--output</c> says.</summary>
    protected void Show(ParseResult parsed, IRendered result) =>
        Renderer.Write(Surroundings.Output, _options.OutputOf(parsed), Surroundings.OutputStyle, result);

    /// <summary>Shows what became of several things.</summary>
    /// <returns>The exit code.</returns>
    protected int ShowOutcomes(ParseResult parsed, Outcomes outcomes)
    {
        Show(parsed, outcomes);
        return outcomes.HasFailures ? ExitCode.Failure : ExitCode.Success;
    }

    protected bool IsJson(ParseResult parsed) => _options.OutputOf(parsed) == OutputFormat.Json;

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var name = FullName(this);
        try
        {
            using var client = new KafkaClient(_options.Read(parsed), _options.TimeoutOf(parsed), Surroundings.TimeProvider, _options.IsVerbose(parsed) ? Surroundings.Error.WriteLine : null);
            await client.ConnectAsync(Surroundings.Stop);
            return await RunAsync(parsed, client, Surroundings.Stop);
        }
        catch (OperationCanceledException) when (Surroundings.Stop.IsCancellationRequested)
        {
            await Surroundings.Error.WriteLineAsync($"{name} was stopped before it was done.");
            return ExitCode.Interrupted;
        }
        catch (BrokenPipeException)
        {
            // Whoever read the output has seen enough, as 'head' does.
            return ExitCode.Success;
        }
        catch (Exception e) when (e is CommandFailedException or KafkaException or IOException or UnauthorizedAccessException)
        {
            var reason = e is KafkaException kafka ? ErrorExplanation.Of(kafka) : e.Message;
            await Surroundings.Error.WriteLineAsync($"{Surroundings.ErrorStyle.Failure($"{name} failed:")} {reason}");
            return ExitCode.Failure;
        }
    }

    private static string FullName(Symbol symbol) =>
        symbol.Parents.FirstOrDefault() is { } parent ? $"{FullName(parent)} {symbol.Name}" : CommandLine.Name;
}
