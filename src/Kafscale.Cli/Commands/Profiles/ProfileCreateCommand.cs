using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile create</c>.</summary>
internal sealed class ProfileCreateCommand : ProfileToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale profile create local -b 127.0.0.1:9092
          kafscale profile create production -b broker-0:9093,broker-1:9093 --tls-ca ca.pem --sasl-mechanism SCRAM-SHA-512 --sasl-user me --ask-password
          kafscale topic list --profile production

        A profile is in a file that only you may read. The first one is in use from then on; 'kafscale profile use' changes
        that. Flags and KAFSCALE_CLIENT_ variables go before it.
        """;

    private readonly Argument<string> _name = new("name") { Description = "The new profile." };
    private readonly Option<bool> _replace = new("--replace") { Description = "A profile of that name is replaced." };
    private readonly Option<bool> _askPassword = new("--ask-password") { Description = "Reads the password from the standard input, so that it is in no history." };

    public ProfileCreateCommand(ClientOptions options)
        : base("create", "Creates a profile from the flags of a client.", ExamplesText, options)
    {
        Add(_name);
        Add(_replace);
        Add(_askPassword);
        options.AddKeptTo(this);
    }

    protected override IRendered Run(ParseResult parsed, ProfileFile file)
    {
        var name = parsed.GetValue(_name)!;
        if (!ProfileFile.IsName(name))
        {
            throw new CommandFailedException($"A profile's name is of letters, digits, dots, dashes and underscores, and not {name}.");
        }

        var profiles = file.Read();
        if (profiles.ByName.ContainsKey(name) && !parsed.GetValue(_replace))
        {
            throw new CommandFailedException($"There is a profile {name} already: --replace replaces it.");
        }

        var properties = WithAbsolutePaths(Options.ReadFlags(parsed));
        if (parsed.GetValue(_askPassword))
        {
            properties[ClientProperties.SaslPassword] = ReadPassword();
        }

        // What does not work is not kept.
        _ = ClientSettings.Combine(properties);
        profiles.ByName[name] = properties;
        file.Write(profiles with { Current = profiles.Current ?? name });
        return Done(name, $"Profile {name} is kept in {file.Path}.");
    }

    private string ReadPassword()
    {
        if (Options.Surroundings.IsInputTerminal)
        {
            Options.Surroundings.Error.Write("Password: ");
        }

        return Options.Surroundings.Input?.ReadLine() is { Length: > 0 } password ? password : throw new CommandFailedException("There is no password at the standard input.");
    }

    // A profile is used from anywhere.
    private static Dictionary<string, string> WithAbsolutePaths(IReadOnlyDictionary<string, string> properties) => properties.ToDictionary(
        property => property.Key,
        property => property.Key.EndsWith(".location", StringComparison.Ordinal) ? Path.GetFullPath(property.Value) : property.Value);
}
