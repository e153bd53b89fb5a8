using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Configs;

/// <summary><c>kafscale config describe</c>.</summary>
internal sealed class ConfigDescribeCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale config describe topic orders
          kafscale config describe topic orders --set-only
          kafscale config describe broker 1
          kafscale config describe group billing --output json
        """;

    private readonly ConfigResourceArguments _resource;
    private readonly Option<bool> _setOnly = new("--set-only") { Description = "Only settings that somebody has set." };

    public ConfigDescribeCommand(ClientOptions options)
        : base("describe", "Shows settings, and where they come from.", ExamplesText, options)
    {
        _resource = new ConfigResourceArguments(this);
        Add(_setOnly);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var (type, name) = _resource.Read(parsed);
        var entries = await new ConfigCatalog(client).DescribeAsync(type, name, cancellationToken);
        Show(parsed, ConfigTable.Of(entries, withDefaults: !parsed.GetValue(_setOnly)));
        return ExitCode.Success;
    }
}
