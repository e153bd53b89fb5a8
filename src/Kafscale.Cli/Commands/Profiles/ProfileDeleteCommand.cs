using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile delete</c>.</summary>
internal sealed class ProfileDeleteCommand(ClientOptions options)
    : NamedProfileCommand("delete", "Deletes a profile with its credentials.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale profile delete local
        """;

    protected override IRendered Run(string name, Clients.Profiles.Profiles profiles, ProfileFile file)
    {
        profiles.ByName.Remove(name);
        file.Write(profiles.Current == name ? profiles with { Current = null } : profiles);
        return Done(name, $"Profile {name} is deleted.");
    }
}
