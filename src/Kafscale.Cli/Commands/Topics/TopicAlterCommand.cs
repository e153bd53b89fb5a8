using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Commands.Configs;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic alter</c>: changes settings of topics.</summary>
internal sealed class TopicAlterCommand : TopicChangeCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic alter orders --set retention.ms=86400000
          kafscale topic alter orders payments --set cleanup.policy=compact --unset retention.ms

        What is not named stays as it is. 'kafscale topic describe NAME --all-config' shows the settings.
        """;

    private readonly AlterationOptions _alterations;

    public TopicAlterCommand(ClientOptions options)
        : base("alter", "Changes settings of topics.", ExamplesText, options) => _alterations = new AlterationOptions(this);

    protected override async Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken)
    {
        await new ConfigCatalog(client).AlterAsync(ResourceType.Topic, topic, _alterations.Read(parsed), _alterations.IsDryRun(parsed), cancellationToken);
        return _alterations.IsDryRun(parsed) ? $"Topic {topic} could be changed; this was a dry run." : $"Topic {topic} is changed.";
    }

    protected override string FailureOf(string topic) => $"Topic {topic} is not changed:";
}
