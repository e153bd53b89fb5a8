using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary>A command about the file of the profiles; it asks no cluster.</summary>
internal abstract class ProfileToolCommand : Command, IHasExamples
{
    protected ProfileToolCommand(string name, string description, string examples, ClientOptions options)
        : base(name, description)
    {
        Options = options;
        Examples = examples;
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples { get; }

    protected new ClientOptions Options { get; }

    /// <summary>Does what the command is for.</summary>
    /// <returns>What is shown.</returns>
    protected abstract IRendered Run(ParseResult parsed, ProfileFile file);

    protected static Outcomes Done(string name, string sentence)
    {
        var outcomes = new Outcomes("profile");
        outcomes.AddSuccess(name, sentence);
        return outcomes;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var surroundings = Options.Surroundings;
        try
        {
            Renderer.Write(surroundings.Output, Options.OutputOf(parsed), surroundings.OutputStyle, Run(parsed, ProfileFile.Of(surroundings)));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is CommandFailedException or IOException or UnauthorizedAccessException)
        {
            await surroundings.Error.WriteLineAsync($"{surroundings.ErrorStyle.Failure($"kafscale profile {Name} failed:")} {e.Message}");
            return ExitCode.Failure;
        }
    }
}
