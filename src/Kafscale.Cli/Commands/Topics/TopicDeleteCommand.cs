using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic delete</c>.</summary>
internal sealed class TopicDeleteCommand : TopicChangeCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic delete orders
          kafscale topic delete orders payments --if-exists

        Its records go with it, and the offsets that groups have committed for it.
        """;

    private readonly Option<bool> _ifExists = new("--if-exists") { Description = "A topic that there is not is no failure." };

    public TopicDeleteCommand(ClientOptions options)
        : base("delete", "Deletes topics with all their records.", ExamplesText, options) => Add(_ifExists);

    protected override async Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken)
    {
        try
        {
            await new TopicChanges(client).DeleteAsync(topic, cancellationToken);
        }
        catch (DeleteTopicsException e) when (ErrorExplanation.ErrorOf(e).Code == ErrorCode.UnknownTopicOrPart && parsed.GetValue(_ifExists))
        {
            return $"There is no topic {topic}.";
        }

        return $"Topic {topic} is deleted.";
    }

    protected override string FailureOf(string topic) => $"Topic {topic} is not deleted:";
}
