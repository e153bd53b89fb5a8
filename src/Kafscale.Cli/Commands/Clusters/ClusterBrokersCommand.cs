using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Clusters;

/// <summary><c>kafscale cluster brokers</c>.</summary>
internal sealed class ClusterBrokersCommand(ClientOptions options)
    : ClientCommand("brokers", "Lists the brokers, and how many partitions each leads.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale cluster brokers
          kafscale cluster brokers --output json | jq -r '.[].host'
        """;

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var cluster = await client.DescribeClusterAsync(cancellationToken);
        var topics = new TopicCatalog(client).List(withInternal: true);
        var led = topics.SelectMany(topic => topic.Partitions).CountBy(partition => partition.Leader).ToDictionary();
        var table = new Table("BROKER", "HOST", "PORT", "RACK", "CONTROLLER", "LEADS");
        foreach (var node in cluster.Nodes.OrderBy(node => node.Id))
        {
            table.Add(node.Id, node.Host, node.Port, node.Rack, node.Id == cluster.Controller?.Id, led.GetValueOrDefault(node.Id));
        }

        Show(parsed, table);
        return ExitCode.Success;
    }
}
