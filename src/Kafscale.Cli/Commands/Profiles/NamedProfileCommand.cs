using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary>A command about one profile, which must be there.</summary>
internal abstract class NamedProfileCommand : ProfileToolCommand
{
    private readonly Argument<string> _name = new("name") { Description = "The profile.", HelpName = "name" };

    protected NamedProfileCommand(string name, string description, string examples, ClientOptions options)
        : base(name, description, examples, options)
    {
        _name.CompletionSources.Add(_ => ProfileCompletions.Of(options.Surroundings));
        Add(_name);
    }

    protected sealed override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var name = parsed.GetValue(_name)!;
        var profiles = file.Read();
        return profiles.ByName.ContainsKey(name)
            ? Run(name, profiles, file)
            : throw new CommandFailedException($"There is no profile {name}: 'kafscale profile list' shows those in {file.Path}.");
    }

    /// <summary>Does what the command is for.</summary>
    /// <param name="name">The profile.</param>
    /// <param name="profiles">That one and the others.</param>
    /// <param name="file">Where they are kept.</param>
    /// <returns>What is shown.</returns>
    protected abstract IRendered Run(string name, Clients.Profiles.Profiles profiles, ProfileFile file);
}
