using System.Buffers;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench;

/// <summary>Produce requests of one batch of equal records.</summary>
internal static class SingleBatch
{
    /// <summary>A request with acks=all.</summary>
    public static ProduceRequest Request(string topic, int partition, int records, byte[] value)
    {
        var batch = new RecordBatchBuilder();
        for (var i = 0; i < records; i++)
        {
            batch.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, value);
        }

        return new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData =
            {
                new()
                {
                    Name = topic,
                    PartitionData = { new() { Index = partition, Records = new ReadOnlySequence<byte>(batch.Build()) } },
                },
            },
        };
    }
}
