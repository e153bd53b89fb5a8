using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile delete</c>.</summary>
internal sealed class ProfileDeleteCommand : ProfileToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale profile delete local
        """;

    private readonly Argument<string> _name;

    public ProfileDeleteCommand(ClientOptions options)
        : base("delete", "Deletes a profile with its credentials.", ExamplesText, options) => Add(_name = NameArgument(options));

    protected override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var name = parsed.GetValue(_name)!;
        var profiles = file.Read();
        if (!profiles.ByName.Remove(name))
        {
            throw NotFound(name, file);
        }

        file.Write(profiles.Current == name ? profiles with { Current = null } : profiles);
        return Done(name, $"Profile {name} is deleted.");
    }
}
