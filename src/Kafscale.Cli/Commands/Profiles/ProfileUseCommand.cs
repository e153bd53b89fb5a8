using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile use</c>.</summary>
internal sealed class ProfileUseCommand : ProfileToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale profile use production

        --profile and KAFSCALE_PROFILE name another one for a command or a shell.
        """;

    private readonly Argument<string> _name;

    public ProfileUseCommand(ClientOptions options)
        : base("use", "Says which profile commands use that name none.", ExamplesText, options) => Add(_name = NameArgument(options));

    protected override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var name = parsed.GetValue(_name)!;
        var profiles = file.Read();
        if (!profiles.ByName.ContainsKey(name))
        {
            throw NotFound(name, file);
        }

        file.Write(profiles with { Current = name });
        return Done(name, $"Profile {name} is in use.");
    }
}
