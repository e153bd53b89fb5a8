using System.Buffers;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>Requests that a client could send, to begin from.</summary>
internal static class PlausibleRequests
{
    /// <summary>A request of an API; filled in where an empty one would reach little of the broker.</summary>
    public static IRequestMessage Create(ApiKey apiKey) => apiKey switch
    {
        ApiKey.Produce => Produce("plausible", Batch()),
        ApiKey.Fetch => Fetch("plausible", maxBytes: 1 << 20),
        _ => Empty(apiKey),
    };

    public static byte[] Batch(CompressionType compression = CompressionType.None, int valueBytes = 100) =>
        new RecordBatchBuilder { CompressionType = compression }.Append(1_700_000_000_000, [1], new byte[valueBytes]).Build();

    public static ProduceRequest Produce(string topic, byte[] records) => new()
    {
        Acks = -1,
        TimeoutMs = 10_000,
        TopicData =
        [
            new ProduceRequest.TopicProduceData
            {
                Name = topic,
                PartitionData = [new ProduceRequest.PartitionProduceData { Index = 0, Records = new ReadOnlySequence<byte>(records) }],
            },
        ],
    };

    public static FetchRequest Fetch(string topic, int maxBytes) => new()
    {
        MaxWaitMs = 0,
        MinBytes = 1,
        MaxBytes = maxBytes,
        Topics =
        [
            new FetchRequest.FetchTopic
            {
                Topic = topic,
                Partitions = [new FetchRequest.FetchPartition { Partition = 0, PartitionMaxBytes = maxBytes }],
            },
        ],
    };

    private static IRequestMessage Empty(ApiKey apiKey)
    {
        var type = typeof(ProduceRequest).Assembly.GetType($"{typeof(ProduceRequest).Namespace}.{ApiCatalog.Get(apiKey).Name}Request")!;
        return (IRequestMessage)Activator.CreateInstance(type)!;
    }
}
