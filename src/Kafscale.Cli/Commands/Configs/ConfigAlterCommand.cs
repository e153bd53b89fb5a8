using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Configs;

/// <summary><c>kafscale config alter</c>.</summary>
internal sealed class ConfigAlterCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale config alter topic orders --set retention.ms=86400000 --unset segment.bytes
          kafscale config alter broker --set log.retention.ms=604800000
          kafscale config alter topic orders --append cleanup.policy=compact --dry-run

        What is not named stays as it is. What may be changed while it runs, the brokers decide.
        """;

    private readonly ConfigResourceArguments _resource;
    private readonly AlterationOptions _alterations;

    public ConfigAlterCommand(ClientOptions options)
        : base("alter", "Changes settings.", ExamplesText, options)
    {
        _resource = new ConfigResourceArguments(this);
        _alterations = new AlterationOptions(this);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var (type, name) = _resource.Read(parsed);
        var isDryRun = _alterations.IsDryRun(parsed);
        await new ConfigCatalog(client).AlterAsync(type, name, _alterations.Read(parsed), isDryRun, cancellationToken);
        var kind = type.ToString().ToLowerInvariant();
        var outcomes = new Outcomes(kind);
        outcomes.AddSuccess(name, $"The settings of {(name.Length == 0 ? "all brokers" : $"{kind} {name}")} {(isDryRun ? "could be changed; this was a dry run" : "are changed")}.");
        return ShowOutcomes(parsed, outcomes);
    }
}
