using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

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

    /// <summary>The name of a profile that is there.</summary>
    protected static Argument<string> NameArgument(ClientOptions options)
    {
        var argument = new Argument<string>("name") { Description = "The profile.", HelpName = "name" };
        argument.CompletionSources.Add(_ => ProfileCompletions.Of(options.Surroundings));
        return argument;
    }

    protected static CommandFailedException NotFound(string name, ProfileFile file) =>
        new($"There is no profile {name}: 'kafscale profile list' shows those in {file.Path}.");

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
