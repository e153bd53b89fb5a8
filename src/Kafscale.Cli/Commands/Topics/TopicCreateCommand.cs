using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Parsing;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic create</c>.</summary>
internal sealed class TopicCreateCommand : TopicChangeCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic create orders
          kafscale topic create orders payments --partitions 12 --config retention.ms=86400000
          kafscale topic create changes --partitions 3 --replicas 3 --config cleanup.policy=compact --if-not-exists

        What is not said, the cluster decides: the number of partitions, and on how many brokers of other makes they are kept.
        """;

    private readonly Option<int?> _partitions = new("--partitions", "-p") { Description = "How many partitions each has.", HelpName = "COUNT" };
    private readonly Option<short?> _replicas = new("--replicas", "-r") { Description = "How many brokers keep each partition; without meaning for Kafscale.", HelpName = "COUNT" };
    private readonly Option<string[]> _configs = new("--config", "-c") { Description = "A setting of the topic.", HelpName = "NAME=VALUE" };
    private readonly Option<bool> _ifNotExists = new("--if-not-exists") { Description = "A topic that there is already is no failure." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Has the cluster check it, and creates nothing." };

    public TopicCreateCommand(ClientOptions options)
        : base("create", "Creates topics.", ExamplesText, options)
    {
        Add(_partitions);
        Add(_replicas);
        Add(_configs);
        Add(_ifNotExists);
        Add(_dryRun);
    }

    protected override async Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken)
    {
        var isDryRun = parsed.GetValue(_dryRun);
        var specification = new TopicSpecification
        {
            Name = topic,
            NumPartitions = parsed.GetValue(_partitions) ?? -1,
            ReplicationFactor = parsed.GetValue(_replicas) ?? -1,
            Configs = Assignments.Parse("--config", parsed.GetValue(_configs)),
        };
        try
        {
            await new TopicChanges(client).CreateAsync(specification, isDryRun, cancellationToken);
        }
        catch (CreateTopicsException e) when (ErrorExplanation.ErrorOf(e).Code == Confluent.Kafka.ErrorCode.TopicAlreadyExists && parsed.GetValue(_ifNotExists))
        {
            return $"Topic {topic} exists.";
        }

        return isDryRun ? $"Topic {topic} could be created; this was a dry run." : $"Topic {topic} is created.";
    }

    protected override string FailureOf(string topic) => $"Topic {topic} is not created:";
}
