using System.Globalization;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Bench.Loads;

/// <summary>Creates topics that are measured with, and asks for their ends.</summary>
internal static class BenchTopic
{
    private const short CreateVersion = 5;
    private const short ListOffsetsVersion = 4;
    private const long Latest = -1;

    public static void Create(int port, TopicShape topic)
    {
        var request = new CreateTopicsRequest
        {
            Topics = { new() { Name = topic.Name, NumPartitions = topic.Partitions, ReplicationFactor = 1 } },
        };
        if (topic.RetentionBytes is { } retentionBytes)
        {
            request.Topics[0].Configs.Add(new() { Name = "retention.bytes", Value = retentionBytes.ToString(CultureInfo.InvariantCulture) });
        }

        var response = Ask(port, request, CreateVersion, new CreateTopicsResponse());
        if (response.Topics[0].ErrorCode != ErrorCode.None)
        {
            throw new InvalidOperationException($"Creating {topic.Name} failed: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
        }
    }

    /// <summary>The offset behind the last record of each partition.</summary>
    public static long[] EndOffsets(int port, TopicShape topic)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = { new() { Name = topic.Name } } };
        for (var partition = 0; partition < topic.Partitions; partition++)
        {
            request.Topics[0].Partitions.Add(new() { PartitionIndex = partition, Timestamp = Latest });
        }

        var partitions = Ask(port, request, ListOffsetsVersion, new ListOffsetsResponse()).Topics[0].Partitions;
        return partitions.Find(partition => partition.ErrorCode != ErrorCode.None) is { } failed
            ? throw new InvalidOperationException($"Partition {failed.PartitionIndex} has no end: {failed.ErrorCode}")
            : [.. partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => partition.Offset)];
    }

    private static TResponse Ask<TResponse>(int port, IRequestMessage request, short version, TResponse response)
        where TResponse : IResponseMessage
    {
        using var socket = new KafkaSocket(port);
        socket.Send(KafkaSocket.Encode(request, version));
        return KafkaSocket.Decode(response, socket.Receive(), version);
    }
}
