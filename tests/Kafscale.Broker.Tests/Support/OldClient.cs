using System.Buffers;
using System.Text;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using static Kafscale.Protocol.Messages.ProduceRequest;

namespace Kafscale.Broker.Tests.Support;

/// <summary>What clients before Kafka 0.11 ask of a broker, and how they read what it answers.</summary>
internal static class OldClient
{
    /// <summary>Sends a message set to a partition.</summary>
    public static async Task<ProduceResponse.PartitionProduceResponse> ProduceOldAsync(
        this TestBroker broker, short version, string topic, int partition, params byte[][] messages)
    {
        var records = new ReadOnlySequence<byte>([.. messages.SelectMany(message => message)]);
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = topic, PartitionData = [new PartitionProduceData { Index = partition, Records = records }] }],
        };
        var response = await broker.SendAsync<ProduceResponse>(request, version).WaitAsync(TestBroker.Patience);
        return Assert.Single(Assert.Single(response.Responses).PartitionResponses);
    }

    /// <summary>Fetches from one partition without waiting.</summary>
    public static async Task<OldFetch> FetchOldAsync(
        this TestBroker broker, short version, string topic, int partition, long offset, int maxBytes = 1024 * 1024) =>
        Assert.Single(await broker.FetchOldAsync(version, Fetches.Of(maxBytes, (topic, partition, offset))));

    /// <summary>Fetches as the request says.</summary>
    public static async Task<List<OldFetch>> FetchOldAsync(this TestBroker broker, short version, FetchRequest request)
    {
        List<OldFetch> partitions = [];
        await broker.SendAsync<FetchResponse>(
            request,
            version,
            response => partitions =
            [
                .. response.Responses.SelectMany(topic => topic.Partitions, (_, partition) => new OldFetch(
                    partition.ErrorCode, partition.HighWatermark, Read(partition.Records.GetValueOrDefault().ToArray()), (int)partition.Records.GetValueOrDefault().Length)),
            ]).WaitAsync(TestBroker.Patience);
        return partitions;
    }

    private static List<OldMessage> Read(byte[] bytes)
    {
        var messages = new List<OldMessage>();
        var reader = new MessageSetReader(bytes);
        var length = 0;
        while (reader.TryRead(out var message))
        {
            Assert.Equal(CompressionType.None, message.CompressionType);
            messages.Add(new OldMessage(
                message.Offset,
                message.Magic,
                message.Timestamp,
                message.TimestampType,
                message.IsKeyNull ? null : Encoding.UTF8.GetString(message.Key),
                message.IsValueNull ? null : Encoding.UTF8.GetString(message.Value)));
            length += (message.Magic == 0 ? 26 : 34) + message.Key.Length + message.Value.Length;
        }

        Assert.True(reader.Error.IsNone, reader.Error.Message);
        Assert.Equal(bytes.Length, length);
        return messages;
    }
}
