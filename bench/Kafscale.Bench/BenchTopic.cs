using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Bench;

/// <summary>The topics that are measured with.</summary>
internal static class BenchTopic
{
    public const int Partitions = 8;

    private const short CreateVersion = 5;
    private const short ListOffsetsVersion = 4;
    private const long Latest = -1;

    public static void Create(int port, string name)
    {
        var request = new CreateTopicsRequest
        {
            Topics = { new() { Name = name, NumPartitions = Partitions, ReplicationFactor = 1 } },
        };
        using var socket = new KafkaSocket(port);
        socket.Send(KafkaSocket.Encode(request, CreateVersion));
        var response = new CreateTopicsResponse();
        socket.Receive(response, CreateVersion);
        if (response.Topics[0].ErrorCode != ErrorCode.None)
        {
            throw new InvalidOperationException($"Creating {name} failed: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
        }
    }

    /// <summary>The offset behind the last record of each partition.</summary>
    public static long[] EndOffsets(int port, string name)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = { new() { Name = name } } };
        for (var partition = 0; partition < Partitions; partition++)
        {
            request.Topics[0].Partitions.Add(new() { PartitionIndex = partition, Timestamp = Latest });
        }

        using var socket = new KafkaSocket(port);
        socket.Send(KafkaSocket.Encode(request, ListOffsetsVersion));
        var response = new ListOffsetsResponse();
        socket.Receive(response, ListOffsetsVersion);
        return [.. response.Topics[0].Partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => partition.Offset)];
    }
}
