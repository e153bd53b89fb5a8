using System.Globalization;
using Kafscale.Cli.Clients;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Cli.Commands.Groups;

/// <summary>Topics as they are named on the command line: <c>orders</c>, or <c>orders:0,3</c> for some of its partitions.</summary>
internal static class TopicArguments
{
    /// <summary>The partitions that are meant.</summary>
    /// <exception cref="KafkaException">A topic or a partition does not exist.</exception>
    public static async Task<IReadOnlyList<(string Topic, int Partition)>> FindPartitionsAsync(
        KafkaCluster cluster, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var named = arguments.Select(Parse).ToList();
        var metadata = await cluster.DescribeAsync(named.Select(topic => topic.Name).Distinct(), cancellationToken);
        var found = new List<(string Topic, int Partition)>();
        foreach (var (name, partitions) in named)
        {
            var topic = metadata.Topics.Find(topic => topic.Name == name && topic.ErrorCode == ErrorCode.None)
                ?? throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"There is no topic {name}.");
            found.AddRange((partitions ?? PartitionsOf(topic)).Select(partition => partition >= 0 && partition < topic.Partitions.Count
                ? (name, partition)
                : throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"Topic {name} has no partition {partition}.")));
        }

        return [.. found.Distinct()];
    }

    private static IEnumerable<int> PartitionsOf(MetadataResponse.MetadataResponseTopic topic) =>
        topic.Partitions.Select(partition => partition.PartitionIndex).Order();

    private static (string Name, List<int>? Partitions) Parse(string argument)
    {
        var colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (argument, null);
        }

        var partitions = new List<int>();
        foreach (var number in argument[(colon + 1)..].Split(','))
        {
            partitions.Add(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                ? partition
                : throw new KafkaException(ErrorCode.InvalidRequest, $"--topic is NAME, or NAME:PARTITION,PARTITION,..., and not {argument}."));
        }

        return (argument[..colon], partitions);
    }
}
