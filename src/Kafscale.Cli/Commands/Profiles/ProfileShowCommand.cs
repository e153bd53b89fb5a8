using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile show</c>.</summary>
internal sealed class ProfileShowCommand(ClientOptions options)
    : NamedProfileCommand("show", "Shows what a profile says, but for its secrets.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale profile show production
        """;

    protected override IRendered Run(string name, Clients.Profiles.Profiles profiles, ProfileFile file)
    {
        var table = new Table("PROPERTY", "VALUE");
        foreach (var (property, value) in profiles.ByName[name].OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            table.Add(property, ClientProperties.IsSecret(property) ? "(secret)" : value);
        }

        return table;
    }
}
