using System.Buffers;
using System.Collections.Concurrent;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Bench.Loads;

/// <summary>Produce requests with acks=all.</summary>
/// <param name="topic">Where to.</param>
/// <param name="batch">What each batch is like.</param>
/// <param name="connections">That share the partitions.</param>
/// <param name="batchesPerRequest">The most batches of a request, each for another partition.</param>
internal sealed class ProduceWorkload(TopicShape topic, BatchShape batch, int connections, int batchesPerRequest = 1) : IWorkload
{
    public const short Version = 9;

    // By their first partition: connections that have no partitions of their own share frames too.
    private readonly ConcurrentDictionary<int, IReadOnlyList<byte[]>> _frames = new();

    public IReadOnlyList<byte[]> FramesOf(int connection)
    {
        var partitions = topic.PartitionsOf(connection, connections);
        return _frames.GetOrAdd(partitions[0], _ => [.. partitions.Chunk(batchesPerRequest).Select(Encode)]);
    }

    public long PayloadOf(ReadOnlyMemory<byte> response)
    {
        var batches = 0;
        foreach (var ofTopic in KafkaSocket.Decode(new ProduceResponse(), response, Version).Responses)
        {
            foreach (var partition in ofTopic.PartitionResponses)
            {
                if (partition.ErrorCode != ErrorCode.None)
                {
                    throw new InvalidOperationException($"Producing failed: {partition.ErrorCode} {partition.ErrorMessage}");
                }

                batches++;
            }
        }

        return batches * batch.PayloadBytes;
    }

    private byte[] Encode(int[] partitions)
    {
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000, TopicData = { new() { Name = topic.Name } } };
        foreach (var partition in partitions)
        {
            request.TopicData[0].PartitionData.Add(new()
            {
                Index = partition,
                Records = new ReadOnlySequence<byte>(batch.Build(seed: partition)),
            });
        }

        return KafkaSocket.Encode(request, Version);
    }
}
