using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic list</c>: which topics there are.</summary>
internal sealed class TopicListCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic list
          kafscale topic list --output json | jq -r '.[].topic'
          kafscale topic list --all -b broker-0:9092,broker-1:9092
        """;

    private readonly Option<bool> _all = new("--all", "-a") { Description = "Also topics that are the cluster's own, as __consumer_offsets is." };

    public TopicListCommand(ClientOptions options)
        : base("list", "Lists the topics.", ExamplesText, options) => Add(_all);

    protected override Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var table = new Table("TOPIC", "PARTITIONS", "REPLICAS");
        foreach (var topic in new TopicCatalog(client).List(parsed.GetValue(_all)))
        {
            table.Add(topic.Topic, topic.Partitions.Count, topic.Partitions.Count == 0 ? 0 : topic.Partitions.Max(partition => partition.Replicas.Length));
        }

        Show(parsed, table);
        return Task.FromResult(ExitCode.Success);
    }
}
