using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic empty</c>: deletes records, but not the topic.</summary>
internal sealed class TopicEmptyCommand : TopicChangeCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic empty orders
          kafscale topic empty orders:0,3
          kafscale topic empty orders:0 --before 1200

        Deletes the records that there are when it is run, and keeps the topic, its settings and its offsets: the next
        record gets the next offset.
        """;

    private readonly Option<long?> _before = new("--before") { Description = "Keeps the records from this offset on.", HelpName = "OFFSET" };

    public TopicEmptyCommand(ClientOptions options)
        : base("empty", "Deletes the records of topics, or of some of their partitions.", ExamplesText, options) => Add(_before);

    protected override async Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken)
    {
        var topics = new TopicCatalog(client);
        var partitions = await topics.FindPartitionsAsync([topic], cancellationToken);
        var starts = await topics.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        var ends = await topics.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var before = partitions.ToDictionary(partition => partition, partition => parsed.GetValue(_before) ?? ends[partition]);
        await new TopicChanges(client).DeleteRecordsAsync(before, cancellationToken);
        return $"Topic {topic} has {before.Sum(partition => Math.Max(partition.Value - starts[partition.Key], 0))} records less.";
    }

    protected override string FailureOf(string topic) => $"Not all records of {topic} are deleted:";
}
