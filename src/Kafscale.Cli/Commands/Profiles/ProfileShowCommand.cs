using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile show</c>.</summary>
internal sealed class ProfileShowCommand : ProfileToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale profile show production
        """;

    private readonly Argument<string> _name;

    public ProfileShowCommand(ClientOptions options)
        : base("show", "Shows what a profile says, but for its secrets.", ExamplesText, options) => Add(_name = NameArgument(options));

    protected override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var name = parsed.GetValue(_name)!;
        if (!file.Read().ByName.TryGetValue(name, out var properties))
        {
            throw NotFound(name, file);
        }

        var table = new Table("PROPERTY", "VALUE");
        foreach (var (property, value) in properties.OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            table.Add(property, ClientProperties.IsSecret(property) ? "(secret)" : value);
        }

        return table;
    }
}
