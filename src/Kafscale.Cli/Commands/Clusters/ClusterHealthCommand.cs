using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Clusters;

/// <summary><c>kafscale cluster health</c>: what is wrong with a cluster.</summary>
internal sealed class ClusterHealthCommand(ClientOptions options)
    : ClientCommand("health", "Looks for brokers that do not answer, and for partitions without a leader or with too few replicas.", ExamplesText, options)
{
    private const int NoLeader = -1;

    private const string ExamplesText = """
        Examples:
          kafscale cluster health
          until kafscale cluster health --timeout 2; do sleep 1; done

        Asks every broker for its settings. The exit code is 0 where nothing is wrong, else 1.
        """;

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var cluster = await client.DescribeClusterAsync(cancellationToken);
        var topics = new TopicCatalog(client).List(withInternal: true);
        var silent = (await Task.WhenAll(cluster.Nodes.Select(node => FindFailureAsync(client, node, cancellationToken)))).OfType<string>().ToList();
        var partitions = topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, Partition: partition))).ToList();
        var leaderless = partitions.Where(partition => partition.Partition.Leader == NoLeader).Select(NameOf).ToList();
        var thin = partitions.Where(partition => partition.Partition.InSyncReplicas.Length < partition.Partition.Replicas.Length).Select(NameOf).ToList();
        var isHealthy = cluster.Controller is not null && silent.Count == 0 && leaderless.Count == 0 && thin.Count == 0;
        Show(parsed, new Fields()
            .Add("HEALTHY", isHealthy)
            .Add("CONTROLLER", cluster.Controller?.Id)
            .Add("BROKERS", cluster.Nodes.Count)
            .Add("PARTITIONS", partitions.Count)
            .Add("SILENT-BROKERS", silent)
            .Add("WITHOUT-LEADER", leaderless)
            .Add("UNDER-REPLICATED", thin));
        return isHealthy ? ExitCode.Success : ExitCode.Failure;
    }

    private static string NameOf((string Topic, PartitionMetadata Partition) partition) => $"{partition.Topic}:{partition.Partition.PartitionId}";

    private static async Task<string?> FindFailureAsync(KafkaClient client, Node node, CancellationToken cancellationToken)
    {
        try
        {
            await new ConfigCatalog(client).DescribeAsync(ResourceType.Broker, $"{node.Id}", cancellationToken);
            return null;
        }
        catch (KafkaException e) when (ErrorExplanation.ErrorOf(e).Code is ErrorCode.ClusterAuthorizationFailed)
        {
            // It answers, and that was the question.
            return null;
        }
        catch (Exception e) when (e is KafkaException or CommandFailedException)
        {
            return $"{node.Id} ({node.Host}:{node.Port})";
        }
    }
}
