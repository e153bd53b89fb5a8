using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile use</c>.</summary>
internal sealed class ProfileUseCommand(ClientOptions options)
    : NamedProfileCommand("use", "Says which profile commands use that name none.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale profile use production

        --profile and KAFSCALE_PROFILE name another one for a command or a shell.
        """;

    protected override IRendered Run(string name, Clients.Profiles.Profiles profiles, ProfileFile file)
    {
        file.Write(profiles with { Current = name });
        return Done(name, $"Profile {name} is in use.");
    }
}
