using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile list</c>.</summary>
internal sealed class ProfileListCommand(ClientOptions options)
    : ProfileToolCommand("list", "Lists the profiles.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale profile list
        """;

    protected override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var profiles = file.Read();
        var table = new Table("PROFILE", "IN-USE", "BOOTSTRAP-SERVERS", "USER");
        foreach (var (name, properties) in profiles.ByName)
        {
            table.Add(
                name,
                name == profiles.Current,
                properties.GetValueOrDefault(ClientProperties.BootstrapServers),
                properties.GetValueOrDefault(ClientProperties.SaslUsername));
        }

        return table;
    }
}
