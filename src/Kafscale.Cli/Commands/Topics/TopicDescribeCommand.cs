using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Commands.Configs;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic describe</c>: a topic's partitions with their offsets, and its settings.</summary>
internal sealed class TopicDescribeCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic describe orders
          kafscale topic describe orders payments --output json | jq '.[].records'
          kafscale topic describe orders --all-config
        """;

    private readonly Argument<string[]> _topics;
    private readonly Option<bool> _allConfig = new("--all-config") { Description = "Also settings that have their default." };

    public TopicDescribeCommand(ClientOptions options)
        : base("describe", "Shows the partitions and settings of topics.", ExamplesText, options)
    {
        Add(_topics = TopicArguments.Several(options));
        Add(_allConfig);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var catalog = new TopicCatalog(client);
        var topics = await catalog.DescribeAsync(parsed.GetValue(_topics)!, cancellationToken);
        var partitions = topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition.Partition))).ToList();
        var starts = await catalog.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        var ends = await catalog.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var reports = new List<IRendered>();
        foreach (var topic in topics)
        {
            var configs = await new ConfigCatalog(client).DescribeAsync(ResourceType.Topic, topic.Name, cancellationToken);
            reports.Add(new Report(new Fields()
                    .Add("TOPIC", topic.Name)
                    .Add("ID", topic.TopicId?.ToString())
                    .Add("RECORDS", partitions.Where(partition => partition.Topic == topic.Name).Sum(partition => ends[partition] - starts[partition])))
                .Add("partitions", PartitionTable(topic, starts, ends))
                .Add("config", ConfigTable.Of(configs, parsed.GetValue(_allConfig))));
        }

        Show(parsed, new ReportList(reports));
        return ExitCode.Success;
    }

    private static Table PartitionTable(TopicDescription topic, Dictionary<TopicPartition, long> starts, Dictionary<TopicPartition, long> ends)
    {
        var table = new Table("PARTITION", "LEADER", "REPLICAS", "IN-SYNC", "START", "END", "RECORDS");
        foreach (var partition in topic.Partitions.OrderBy(partition => partition.Partition))
        {
            var key = new TopicPartition(topic.Name, partition.Partition);
            table.Add(
                partition.Partition,
                partition.Leader?.Id,
                partition.Replicas.Select(node => node.Id).ToArray(),
                partition.ISR.Select(node => node.Id).ToArray(),
                starts[key],
                ends[key],
                ends[key] - starts[key]);
        }

        return table;
    }
}
