using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DescribeTopicPartitionsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Describes topics page by page (KIP-966).</summary>
internal sealed class DescribeTopicPartitionsHandler(ClusterState cluster)
    : RequestHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    /// <summary>Kafka's <c>max.request.partition.size.limit</c>.</summary>
    private const int MaxPartitions = 2_000;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeTopicPartitionsRequest request, CancellationToken cancellationToken) =>
        new(request.Cursor?.PartitionIndex < 0 ? CreateErrorResponse(request, ErrorCode.InvalidRequest) : Describe(request));

    protected override DescribeTopicPartitionsResponse CreateErrorResponse(DescribeTopicPartitionsRequest request, ErrorCode errorCode) =>
        new() { Topics = request.Topics.ConvertAll(topic => Failed(topic.Name, errorCode)) };

    private static DescribeTopicPartitionsResponseTopic Failed(string name, ErrorCode errorCode) => new() { Name = name, ErrorCode = errorCode };

    private DescribeTopicPartitionsResponse Describe(DescribeTopicPartitionsRequest request)
    {
        var response = new DescribeTopicPartitionsResponse();
        var remaining = Math.Clamp(request.ResponsePartitionLimit, 1, MaxPartitions);
        var describer = new PartitionDescriber(cluster);
        foreach (var name in Names(request))
        {
            var first = name == request.Cursor?.TopicName ? request.Cursor.PartitionIndex : 0;
            if (remaining == 0)
            {
                response.NextCursor = new Cursor { TopicName = name, PartitionIndex = first };
                break;
            }

            if (!cluster.TryGetTopic(name, out var topic))
            {
                // Where all topics are wanted, one was deleted just now.
                if (request.Topics.Count > 0)
                {
                    response.Topics.Add(Failed(
                        name, TopicNames.FindFault(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException));
                }

                continue;
            }

            var end = (int)Math.Min(topic.Partitions.Count, (long)first + remaining);
            response.Topics.Add(Describe(topic, first, end, describer));
            remaining -= Math.Max(0, end - first);
            if (end < topic.Partitions.Count)
            {
                response.NextCursor = new Cursor { TopicName = name, PartitionIndex = end };
                break;
            }
        }

        return response;
    }

    /// <summary>The topics that are wanted, from the cursor on, in the order that cursors follow.</summary>
    private IEnumerable<string> Names(DescribeTopicPartitionsRequest request)
    {
        var names = request.Topics.Count > 0
            ? request.Topics.Select(topic => topic.Name).Distinct()
            : cluster.Topics.Select(topic => topic.Name);
        return names
            .Where(name => request.Cursor is null || string.CompareOrdinal(name, request.Cursor.TopicName) >= 0)
            .Order(StringComparer.Ordinal);
    }

    private static DescribeTopicPartitionsResponseTopic Describe(Topic topic, int first, int end, PartitionDescriber describer)
    {
        var partitions = new List<DescribeTopicPartitionsResponsePartition>(Math.Max(0, end - first));
        for (var partition = first; partition < end; partition++)
        {
            var description = describer.Describe(topic.Partitions[partition]);
            partitions.Add(new DescribeTopicPartitionsResponsePartition
            {
                ErrorCode = description.ErrorCode,
                PartitionIndex = partition,
                LeaderId = description.LeaderId,
                LeaderEpoch = description.LeaderEpoch,
                ReplicaNodes = description.Replicas,
                IsrNodes = description.InSyncReplicas,
                EligibleLeaderReplicas = [],
                LastKnownElr = [],
                OfflineReplicas = description.OfflineReplicas,
            });
        }

        return new DescribeTopicPartitionsResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            Partitions = partitions,
            TopicAuthorizedOperations = AuthorizedOperations.Topic,
        };
    }
}
