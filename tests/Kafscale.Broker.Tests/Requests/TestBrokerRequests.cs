using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using static Kafscale.Protocol.Messages.CreateTopicsRequest;
using static Kafscale.Protocol.Messages.ProduceRequest;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>Requests that many tests begin with.</summary>
internal static class TestBrokerRequests
{
    public const short NewestCreateTopics = 7;

    /// <summary>A topic as it stands in CreateTopics.</summary>
    public static CreatableTopic NewTopic(string name, int partitions = 1, short replicationFactor = -1, params (string Name, string? Value)[] configs) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = replicationFactor,
        Configs = [.. configs.Select(config => new CreatableTopicConfig { Name = config.Name, Value = config.Value })],
    };

    /// <summary>Creates topics, which must succeed.</summary>
    public static async Task CreateAsync(this TestBroker broker, params CreatableTopic[] topics)
    {
        var response = await broker.AskAsync<CreateTopicsResponse>(new CreateTopicsRequest { Topics = [.. topics] }, NewestCreateTopics);
        Assert.All(response.Topics, topic => Assert.Equal(ErrorCode.None, topic.ErrorCode));
    }

    /// <summary>Deletes a topic.</summary>
    public static async Task<ApiError> DeleteTopicAsync(this TestBroker broker, string name, Guid? id = null)
    {
        using var deadline = Soon();
        return await broker.Topics.DeleteAsync(name, id, deadline);
    }

    /// <summary>Raises the number of a topic's partitions.</summary>
    public static async Task<ApiError> AddPartitionsAsync(this TestBroker broker, string name, int count)
    {
        using var deadline = Soon();
        return await broker.Topics.AddPartitionsAsync(name, count, assignments: null, validateOnly: false, deadline);
    }

    /// <summary>Sets a configuration of a group, which must succeed.</summary>
    public static async Task SetOnGroupAsync(this TestBroker broker, string groupId, string name, string value)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 32, ResourceName = groupId, Configs = [new() { Name = name, ConfigOperation = 0, Value = value }] }],
        };
        var response = await broker.AskAsync<IncrementalAlterConfigsResponse>(request, 1);
        Assert.Equal((ErrorCode.None, null), (response.Responses[0].ErrorCode, response.Responses[0].ErrorMessage));
    }

    /// <summary>Writes records with small values, which must succeed.</summary>
    public static async Task ProduceAsync(
        this TestBroker broker, string topic, int partition, int count, long producerId = -1, short producerEpoch = -1, int baseSequence = -1)
    {
        var batch = new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = producerEpoch, BaseSequence = baseSequence };
        for (var i = 0; i < count; i++)
        {
            batch.Append(1_000 + i, null, [1, 2, 3]);
        }

        var response = await broker.AskAsync<ProduceResponse>(
            new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = 30_000,
                TopicData =
                [
                    new TopicProduceData
                    {
                        Name = topic,
                        PartitionData = [new PartitionProduceData { Index = partition, Records = new ReadOnlySequence<byte>(batch.Build()) }],
                    },
                ],
            },
            9);
        Assert.Equal(ErrorCode.None, response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    private static Deadline Soon() => new(30_000, TimeProvider.System, TestContext.Current.CancellationToken);
}
