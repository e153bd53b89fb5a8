using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.FetchResponse;

namespace Kafscale.Broker.Fetching;

/// <summary>A response to a fetch, what it is made of being used again for another one.</summary>
internal sealed class ReusedFetchResponse
{
    private readonly Stack<FetchableTopicResponse> _idleTopics = [];
    private readonly Stack<PartitionData> _idlePartitions = [];

    /// <summary>The response; as good as new after <see cref="Reset"/>.</summary>
    public FetchResponse Response { get; } = new();

    /// <summary>Adds a topic without partitions.</summary>
    public FetchableTopicResponse AddTopic(string name, Guid id)
    {
        var topic = _idleTopics.TryPop(out var idle) ? idle : new FetchableTopicResponse();
        topic.Topic = name;
        topic.TopicId = id;
        Response.Responses.Add(topic);
        return topic;
    }

    /// <summary>Adds a partition, to be filled in.</summary>
    public PartitionData AddPartition(FetchableTopicResponse topic)
    {
        var partition = _idlePartitions.TryPop(out var idle) ? idle : new PartitionData();
        topic.Partitions.Add(partition);
        return partition;
    }

    /// <summary>Takes it back. Nobody reads it any more.</summary>
    public void Reset()
    {
        var topics = Response.Responses;
        foreach (var topic in topics)
        {
            var partitions = topic.Partitions;
            foreach (var partition in partitions)
            {
                partition.Reset();
                _idlePartitions.Push(partition);
            }

            partitions.Clear();
            topic.Reset();
            topic.Partitions = partitions;
            _idleTopics.Push(topic);
        }

        topics.Clear();
        Response.Reset();
        Response.Responses = topics;
    }
}
