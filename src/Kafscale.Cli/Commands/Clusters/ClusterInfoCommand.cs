using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Clusters;

/// <summary><c>kafscale cluster info</c>.</summary>
internal sealed class ClusterInfoCommand(ClientOptions options)
    : ClientCommand("info", "Shows a cluster's id and size.", ExamplesText, options)
{
    private const string ExamplesText = """
        Examples:
          kafscale cluster info
          kafscale cluster info --profile production --output json
        """;

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var cluster = await client.DescribeClusterAsync(cancellationToken);
        var topics = new TopicCatalog(client).List(withInternal: true);
        Show(parsed, new Fields()
            .Add("CLUSTER", cluster.ClusterId)
            .Add("CONTROLLER", cluster.Controller?.Id)
            .Add("BROKERS", cluster.Nodes.Count)
            .Add("TOPICS", topics.Count)
            .Add("PARTITIONS", topics.Sum(topic => topic.Partitions.Count)));
        return ExitCode.Success;
    }
}
